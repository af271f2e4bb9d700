// How the program ends when something goes wrong.
#pragma once

#include <stdexcept>
#include <string>

#include "support/error.h"

namespace support {

// The numbers are the program's exit codes.
enum class ExitCode {
  kSomeFailed = 1,  // some pictures could not be read
  kUsage = 2,
  kModel = 3,    // the model, or what was made from it, is missing, damaged or another one
  kBackend = 4,  // a backend or an operator is not linked in, or failed
  kOutput = 5,   // a result could not be written
  kCamera = 6,
};

// The message is one line: what is wrong, with the value, and what to do next.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  explicit Failure(const Error& error);

  int exit_code() const { return static_cast<int>(code_); }

 private:
  ExitCode code_;
};

}  // namespace support
