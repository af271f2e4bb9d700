// Runs the app as its user does.
#pragma once

#include <string>
#include <vector>

#include "tools/json_reader.h"

namespace test {

struct Answer {
  int exit_code = -1;  // -1: ended by a signal
  std::string output, errors;

  Json json() const { return Json::parse(output); }
};

struct Surroundings {
  std::string folder = "/";              // the current one; another than the build's on purpose
  std::string output_file;               // where standard output goes; empty: into the answer
  int interrupt_after_milliseconds = 0;  // when SIGINT is sent; 0: never
  long largest_file = 0;                 // bytes that a file may have; 0: no limit
};

Answer run_app(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});

}  // namespace test
