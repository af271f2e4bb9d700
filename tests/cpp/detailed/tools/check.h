// A small test framework.
//
//   TEST(halves_round_to_even) {
//     CHECK_EQUAL(round_half_even(2.5), 2);
//   }
//
// A failed check is reported with its place, and the test goes on.
#pragma once

#include <cmath>
#include <sstream>
#include <string>

namespace test {

using Body = void (*)();

// Called by TEST. Returns a value so that it can stand at namespace scope.
bool add_test(const char* name, Body body);

void check(bool passed, const char* file, int line, const std::string& what);

// A folder that is gone when the test is over.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& content) const;  // returns its path

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

template <typename A, typename B>
void check_equal(const A& a, const B& b, const char* file, int line, const char* text) {
  std::ostringstream what;
  what << text << ": " << a << " and " << b;
  check(a == b, file, line, what.str());
}

template <typename Function>
void check_throws(Function function, const std::string& part, const char* file, int line) {
  try {
    function();
  } catch (const std::exception& error) {
    check(std::string(error.what()).find(part) != std::string::npos, file, line,
          "the message \"" + std::string(error.what()) + "\" does not say \"" + part + "\"");
    return;
  }
  check(false, file, line, "nothing was thrown");
}

}  // namespace test

#define TEST(name)                                                        \
  static void test_##name();                                              \
  static const bool added_##name = ::test::add_test(#name, &test_##name); \
  static void test_##name()

#define CHECK(condition) ::test::check(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(a, b) ::test::check_equal((a), (b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_NEAR(a, b, tolerance) \
  ::test::check(std::abs((a) - (b)) <= (tolerance), __FILE__, __LINE__, #a " is near " #b)
// The statement throws an exception whose message has this part.
#define CHECK_THROWS(statement, part) ::test::check_throws([&] { statement; }, (part), __FILE__, __LINE__)
