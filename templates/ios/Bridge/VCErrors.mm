#import "VCErrors.h"

#include <new>

#import "VCText.h"
#include "support/error.h"

NSErrorDomain const VCErrorDomain = @"VCErrorDomain";

namespace bridge {
namespace {

using support::Reason;

VCError code_of(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
      return VCErrorModelUnreadable;
    case Reason::kDoesNotFit:
      return VCErrorModelNotExpected;
    case Reason::kNotThisModel:
    case Reason::kDamaged:
      return VCErrorModelDamaged;
    case Reason::kOtherRelease:
      return VCErrorModelOfOtherRelease;
    case Reason::kBackendMissing:
      return VCErrorBackendMissing;
    case Reason::kOperatorMissing:
      return VCErrorOperatorMissing;
    case Reason::kNoMemory:
      return VCErrorOutOfMemory;
    case Reason::kVectors:
      return VCErrorVectorsUnreadable;
    case Reason::kFailed:
      break;
  }
  return VCErrorRuntimeFailure;
}

Reason reason_of(VCError code) { return code == VCErrorVectorsUnreadable ? Reason::kVectors : Reason::kFailed; }

NSError *make_error(VCError code, const std::string &message, const std::string &next) {
  return [NSError errorWithDomain:VCErrorDomain
                             code:code
                         userInfo:@{
                           NSLocalizedDescriptionKey : to_nsstring(message + "."),
                           NSLocalizedRecoverySuggestionErrorKey : to_nsstring(next + "."),
                         }];
}

NSError *described(VCError fallback) {
  try {
    throw;
  } catch (const Refusal &refusal) {
    return make_error(refusal.code(), refusal.what(), refusal.next());
  } catch (const support::Error &error) {
    return make_error(code_of(error.reason()), error.what(), support::next_step(error.reason()));
  } catch (const std::bad_alloc &) {
    return make_error(VCErrorOutOfMemory, "there is not enough memory", support::next_step(Reason::kNoMemory));
  } catch (const std::exception &error) {
    return make_error(fallback, error.what(), support::next_step(reason_of(fallback)));
  } catch (...) {
    return make_error(fallback, "an unknown exception was thrown", support::next_step(reason_of(fallback)));
  }
}

}  // namespace

NSError *current_exception_as_error(VCError fallback) noexcept {
  try {
    return described(fallback);
  } catch (...) {  // not even the message found room
    return [NSError errorWithDomain:VCErrorDomain code:VCErrorOutOfMemory userInfo:nil];
  }
}

}  // namespace bridge
