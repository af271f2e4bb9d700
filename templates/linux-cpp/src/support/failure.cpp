#include "support/failure.h"

namespace support {
namespace {

ExitCode code_of(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
    case Reason::kNotThisModel:
    case Reason::kDamaged:
    case Reason::kDoesNotFit:
    case Reason::kVectors:
      return ExitCode::kModel;
    case Reason::kOtherRelease:
    case Reason::kBackendMissing:
    case Reason::kOperatorMissing:
    case Reason::kNoMemory:
    case Reason::kFailed:
      break;
  }
  return ExitCode::kBackend;
}

}  // namespace

std::string next_step(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
      return "Name its folder with --model DIR";
    case Reason::kNotThisModel:
      return "Copy it again, or run `edgegen new` for another model";
    case Reason::kDoesNotFit:
      return "Run `edgegen new` for this model";
    case Reason::kBackendMissing:
      return "Link it in cmake/ExecuTorchTargets.cmake, or export the model for a backend that is: XnnpackBackend";
    case Reason::kNoMemory:
      return "Close other programs, or export the model at a smaller size";
    case Reason::kVectors:
      return "Copy vectors/ again, or name another folder with --vectors DIR";
    case Reason::kDamaged:
    case Reason::kOtherRelease:
    case Reason::kOperatorMissing:
    case Reason::kFailed:
      break;
  }
  return "Export the model again with the release that this program is built with";
}

Failure::Failure(const Error& error)
    : Failure(code_of(error.reason()), std::string(error.what()) + ". " + next_step(error.reason())) {}

}  // namespace support
