#include "detector/runtime_errors.h"

#include <executorch/runtime/core/error.h>

#include "build_info.h"
#include "support/text.h"

namespace detector {
namespace {

using executorch::runtime::Error;
using support::Reason;

struct Words {
  Reason reason;
  std::string text;
};

std::string stage_text(Stage stage) {
  switch (stage) {
    case Stage::kLoadProgram:
      return "it cannot be loaded";
    case Stage::kLoadMethod:
      return "it cannot be prepared";
    case Stage::kRun:
      break;
  }
  return "it cannot be run";
}

Words words(Error error, Stage stage) {
  const std::string runtime = std::string("ExecuTorch ") + build_info::kExecuTorchVersion;
  switch (error) {
    case Error::AccessFailed:
      return {Reason::kUnreadable, "the file cannot be opened"};
    case Error::OperatorMissing:
      return {Reason::kOperatorMissing, "it needs an operator that " + runtime + " as linked here does not have"};
    case Error::DelegateInvalidCompatibility:
      return {Reason::kOtherRelease, "its delegated part was written for another release than " + runtime};
    case Error::MemoryAllocationFailed:
    case Error::OutOfResources:
    case Error::DelegateMemoryAllocationFailed:
      return {Reason::kNoMemory, "there is not enough memory for it"};
    case Error::NotFound:
      if (stage == Stage::kLoadMethod) {
        return {Reason::kBackendMissing, "it needs a backend that is not linked into this program"};
      }
      break;
    default:
      break;
  }
  if (stage == Stage::kLoadProgram || error == Error::InvalidProgram || error == Error::InvalidExternalData) {
    return {Reason::kDamaged, "it is damaged, or not a program that " + runtime + " reads"};
  }
  return {Reason::kFailed, stage_text(stage)};
}

}  // namespace

support::Error runtime_error(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail) {
  const Words said = words(static_cast<Error>(code), stage);
  std::string message = support::printable(path) + ": " + said.text + " (ExecuTorch error " + std::to_string(code);
  if (!detail.empty()) message += ": " + support::printable(detail);
  return {said.reason, message + ")"};
}

}  // namespace detector
