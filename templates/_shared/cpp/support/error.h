// What can go wrong with a model or with golden vectors.
#pragma once

#include <stdexcept>
#include <string>

namespace support {

enum class Reason {
  kUnreadable,       // the model's file is missing, or may not be read
  kNotThisModel,     // another file than the one that the program was made for, or that one damaged
  kDamaged,          // no program that the runtime reads
  kDoesNotFit,       // a program, but with other inputs or outputs
  kOtherRelease,     // made for another release of the runtime
  kBackendMissing,   // a backend that the program needs is not linked in
  kOperatorMissing,  // an operator that it needs is not
  kNoMemory,
  kFailed,   // the runtime gave up for another reason
  kVectors,  // golden vectors that are missing, damaged, or of another layout
};

// The message is one line that says what is wrong, with the value. What to do about it is next_step's part.
class Error : public std::runtime_error {
 public:
  Error(Reason reason, const std::string& message) : std::runtime_error(message), reason_(reason) {}

  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// What the user can do about it: one sentence without the full stop. Each program defines it in its own words, as a
// command line and an app have different things to offer.
std::string next_step(Reason reason);

}  // namespace support
