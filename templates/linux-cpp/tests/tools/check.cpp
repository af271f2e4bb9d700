#include "tools/check.h"

#include <exception>
#include <iostream>
#include <vector>

namespace test {
namespace {

struct Test {
  const char* name;
  Body body;
};

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

int failures = 0;

}  // namespace

bool add_test(const char* name, Body body) {
  tests().push_back({name, body});
  return true;
}

void check(bool passed, const char* file, int line, const std::string& what) {
  if (passed) return;
  ++failures;
  std::cerr << file << ":" << line << ": " << what << "\n";
}

}  // namespace test

int main() {
  for (const auto& [name, body] : test::tests()) {
    const int before = test::failures;
    try {
      body();
    } catch (const std::exception& error) {
      test::check(false, name, 0, std::string("threw: ") + error.what());
    }
    std::cout << (test::failures == before ? "passed  " : "FAILED  ") << name << std::endl;
  }
  std::cout << test::tests().size() << " tests, " << test::failures << " failed checks" << std::endl;
  return test::failures == 0 ? 0 : 1;
}
