#import "EDGBridge.h"

#include <cstring>
#include <new>

#include "support/text.h"

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

NSString *_Nullable from_utf8(std::string_view text) {
  return [[NSString alloc] initWithBytes:text.data() length:text.size() encoding:NSUTF8StringEncoding];
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
  } catch (const InvalidArgument &error) {
    return make_error(error.code(), error.what(), error.next());
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

NSString *to_nsstring(std::string_view text) { return from_utf8(text) ?: from_utf8(support::printable(text)) ?: @""; }

std::string to_path(NSString *_Nullable path, EDGError code) {
  const char *bytes = path.UTF8String;  // nullptr for half a surrogate pair
  // The system would stop at a zero in the middle, and open another file.
  if (path.length == 0 || bytes == nullptr ||
      std::strlen(bytes) != [path lengthOfBytesUsingEncoding:NSUTF8StringEncoding]) {
    throw InvalidArgument(code, path.length == 0 ? "the path is empty" : "the path is none that a file can have",
                          "Pass the path of a file in the app's bundle");
  }
  return bytes;
}

NSError *current_exception_as_error(EDGError fallback) noexcept {
  try {
    return described(fallback);
  } catch (...) {  // no memory for the message
    return [NSError errorWithDomain:EDGErrorDomain code:EDGErrorOutOfMemory userInfo:nil];
  }
}

}  // namespace bridge

// The remedies for the user and the developer of the app.
std::string support::next_step(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
      return "Install the app again; in Xcode, model.pte must be among the app's resources";
    case Reason::kNotThisModel:
    case Reason::kDoesNotFit:
      return "Put the app's own model.pte back, or make a project for the other model with `edgegen new`";
    case Reason::kDamaged:
      return "Copy model.pte into the project again and build the app again";
    case Reason::kOtherRelease:
      return "Export the model with the release of ExecuTorch that the app is built with";
    case Reason::kBackendMissing:
      return "Add the backend's library to the app's target, with the linker flags of Config/";
    case Reason::kOperatorMissing:
      return "Add the library of the missing kernels to the app's target, with the linker flags of Config/";
    case Reason::kNoMemory:
      return "Close other apps and try again, or export the model with a smaller input";
    case Reason::kVectors:
      return "Put the golden vectors that belong to the model back, and build the app again";
    case Reason::kFailed:
      break;
  }
  return "Try again; if it happens again, build with ExecuTorch's debug libraries, which log why";
}
