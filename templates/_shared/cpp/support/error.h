// Errors of models and golden vectors.
#pragma once

#include <stdexcept>
#include <string>

namespace support {

enum class Reason {
  kUnreadable,       // the model's file is missing, or cannot be read
  kNotThisModel,     // the file is damaged, or of another model
  kDamaged,          // the runtime cannot read it
  kDoesNotFit,       // it has other inputs or outputs
  kOtherRelease,     // made for another release of the runtime
  kBackendMissing,   // a backend is not linked in
  kOperatorMissing,  // an operator is not linked in
  kNoMemory,
  kFailed,   // another failure of the runtime
  kVectors,  // golden vectors are missing, damaged, or of another layout
};

// The message is one line: what is wrong, with the value. next_step() says what to do.
class Error : public std::runtime_error {
 public:
  Error(Reason reason, const std::string& message) : std::runtime_error(message), reason_(reason) {}

  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// Returns what the user can do: one sentence without a full stop. Each program defines it.
std::string next_step(Reason reason);

}  // namespace support
