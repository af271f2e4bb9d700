// What the app's user, or who builds it, can do about an error.
#include "support/error.h"

namespace support {

std::string next_step(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
      return "Install the app again; in Xcode, model.pte must be among the app's resources";
    case Reason::kNotThisModel:
    case Reason::kDoesNotFit:
      return "Put the app's own model.pte back, or make a project for the other model with `edgegen new`";
    case Reason::kDamaged:
      return "Copy model.pte into the project again and build the app anew";
    case Reason::kOtherRelease:
      return "Export the model with the release of ExecuTorch that the app is built with";
    case Reason::kBackendMissing:
      return "Add the backend's library to the app's target, with the linker flags of Config/";
    case Reason::kOperatorMissing:
      return "Add the library of the missing kernels to the app's target, with the linker flags of Config/";
    case Reason::kNoMemory:
      return "Close other apps and try again, or export the model with a smaller input";
    case Reason::kVectors:
      return "Put the golden vectors that belong to the model back, and build the app anew";
    case Reason::kFailed:
      break;
  }
  return "Try again; if it happens again, build with ExecuTorch's debug libraries, which log why";
}

}  // namespace support
