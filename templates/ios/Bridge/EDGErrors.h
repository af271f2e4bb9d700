// What C++ throws, as NSError: no exception leaves the bridge.
#pragma once

#import <Foundation/Foundation.h>
#import <VisionCore/EDGError.h>

#include <exception>
#include <stdexcept>
#include <string>

NS_ASSUME_NONNULL_BEGIN

namespace bridge {

// What the bridge itself refuses. message: what is wrong, with the value; next: what to do. Neither has a full stop.
class Refusal : public std::runtime_error {
 public:
  Refusal(EDGError code, const std::string &message, const std::string &next)
      : std::runtime_error(message), code_(code), next_(next) {}

  EDGError code() const { return code_; }
  const std::string &next() const { return next_; }

 private:
  EDGError code_;
  std::string next_;
};

// The exception that is being handled. fallback: the code for an exception that does not say what it is about.
NSError *current_exception_as_error(EDGError fallback) noexcept;

// Runs the operation and returns whether it came to its end; where it threw, *error says why.
template <typename Operation>
bool attempt(NSError *_Nullable __autoreleasing *_Nullable error, EDGError fallback, Operation &&operation) {
  try {
    operation();
    return true;
  } catch (...) {
    NSError *failure = current_exception_as_error(fallback);
    if (error != nullptr) *error = failure;
    return false;
  }
}

}  // namespace bridge

NS_ASSUME_NONNULL_END
