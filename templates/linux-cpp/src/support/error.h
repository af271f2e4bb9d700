// What can go wrong, each with its own exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace support {

// The numbers are the program's exit codes.
enum class ErrorKind {
  kSomeFailed = 1,  // some pictures could not be read
  kUsage = 2,
  kModel = 3,    // the model, or what was made from it, is missing, damaged or another one
  kBackend = 4,  // a backend or an operator is not linked in, or failed
  kOutput = 5,   // a result could not be written
  kCamera = 6,
};

// The message is one line: what is wrong, with the value, and what to do next.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

}  // namespace support
