#include "tools/check.h"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>
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

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "app_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
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
