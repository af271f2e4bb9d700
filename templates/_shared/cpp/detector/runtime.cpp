#include "detector/runtime.h"

#include <executorch/runtime/core/error.h>
#include <executorch/runtime/platform/platform.h>

#include <cstdio>
#include <mutex>
#include <utility>

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

// Any of the runtime's threads may log.
struct Log {
  std::mutex mutex;
  std::string first_error;
};

Log& log() {
  static Log instance;
  return instance;
}

void keep_message(et_timestamp_t, et_pal_log_level_t level, const char*, const char*, std::size_t, const char* message,
                  std::size_t length) {
  if (level == kFatal) {  // the process ends here: nobody could ask for it any more
    std::fwrite(message, 1, length, stderr);
    std::fputc('\n', stderr);
  }
  if (level != kError) return;
  const std::lock_guard<std::mutex> lock(log().mutex);
  if (log().first_error.empty()) log().first_error.assign(message, length);
}

}  // namespace

support::Error runtime_error(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail) {
  const Words said = words(static_cast<Error>(code), stage);
  std::string message = support::printable(path) + ": " + said.text + " (ExecuTorch error " + std::to_string(code);
  if (!detail.empty()) message += ": " + support::printable(detail);
  return {said.reason, message + ")"};
}

void keep_runtime_log() {
  // Once: the runtime takes a second time for a mistake, and logs it as an error.
  [[maybe_unused]] static const bool is_kept =
      executorch::runtime::register_pal(executorch::runtime::PalImpl::create(&keep_message, "runtime.cpp"));
}

std::string take_runtime_error() {
  const std::lock_guard<std::mutex> lock(log().mutex);
  return std::exchange(log().first_error, {});
}

}  // namespace detector
