#import "EDGErrors.h"

#include <new>

#import "EDGText.h"
#include "support/error.h"

NSErrorDomain const EDGErrorDomain = @"EDGErrorDomain";

namespace bridge {
namespace {

using support::Reason;

EDGError code_of(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
      return EDGErrorModelUnreadable;
    case Reason::kDoesNotFit:
      return EDGErrorModelNotExpected;
    case Reason::kNotThisModel:
    case Reason::kDamaged:
      return EDGErrorModelDamaged;
    case Reason::kOtherRelease:
      return EDGErrorModelOfOtherRelease;
    case Reason::kBackendMissing:
      return EDGErrorBackendMissing;
    case Reason::kOperatorMissing:
      return EDGErrorOperatorMissing;
    case Reason::kNoMemory:
      return EDGErrorOutOfMemory;
    case Reason::kVectors:
      return EDGErrorVectorsUnreadable;
    case Reason::kFailed:
      break;
  }
  return EDGErrorRuntimeFailure;
}

Reason reason_of(EDGError code) { return code == EDGErrorVectorsUnreadable ? Reason::kVectors : Reason::kFailed; }

NSError *make_error(EDGError code, const std::string &message, const std::string &next) {
  return [NSError errorWithDomain:EDGErrorDomain
                             code:code
                         userInfo:@{
                           NSLocalizedDescriptionKey : to_nsstring(message + "."),
                           NSLocalizedRecoverySuggestionErrorKey : to_nsstring(next + "."),
                         }];
}

NSError *described(EDGError fallback) {
  try {
    throw;
  } catch (const Refusal &refusal) {
    return make_error(refusal.code(), refusal.what(), refusal.next());
  } catch (const support::Error &error) {
    return make_error(code_of(error.reason()), error.what(), support::next_step(error.reason()));
  } catch (const std::bad_alloc &) {
    return make_error(EDGErrorOutOfMemory, "there is not enough memory", support::next_step(Reason::kNoMemory));
  } catch (const std::exception &error) {
    return make_error(fallback, error.what(), support::next_step(reason_of(fallback)));
  } catch (...) {
    return make_error(fallback, "an unknown exception was thrown", support::next_step(reason_of(fallback)));
  }
}

}  // namespace

NSError *current_exception_as_error(EDGError fallback) noexcept {
  try {
    return described(fallback);
  } catch (...) {  // not even the message found room
    return [NSError errorWithDomain:EDGErrorDomain code:EDGErrorOutOfMemory userInfo:nil];
  }
}

}  // namespace bridge
