// Runs the app as its user does.
#pragma once

#include <string>
#include <vector>

#include "json_reader.h"

namespace test {

struct Answer {
  int exit_code = -1;  // -1: ended by a signal
  std::string output, errors;

  parity::Json json() const { return parity::Json::parse(output); }
  std::vector<parity::Json> json_lines() const {
    std::vector<parity::Json> lines;
    for (std::size_t start = 0, end; (end = output.find('\n', start)) != std::string::npos; start = end + 1) {
      lines.push_back(parity::Json::parse(output.substr(start, end - start)));
    }
    return lines;
  }
};

struct Surroundings {
  std::string folder = "/";          // the current one; another than the build's on purpose
  std::string output_file;           // where standard output goes; empty: into the answer
  std::string interrupt_when_there;  // SIGINT is sent when this file is there; empty: never
  long largest_file = 0;             // bytes that a file may have; 0: no limit
};

Answer run_app(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});

}  // namespace test
