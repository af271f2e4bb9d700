#include "detector/runtime.h"
#include "tools/check.h"

namespace {

using detector::runtime_error;
using detector::Stage;
using support::Reason;

// ExecuTorch's codes, as in its runtime/core/error.h.
constexpr std::uint32_t kOperatorMissing = 0x14, kNotFound = 0x20, kAccessFailed = 0x22, kInvalidProgram = 0x23,
                        kOutOfResources = 0x25, kOtherRelease = 0x30;

TEST(a_missing_operator_or_backend_is_told_from_a_bad_file) {
  CHECK(runtime_error(kOperatorMissing, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kOperatorMissing);
  CHECK(runtime_error(kNotFound, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kBackendMissing);
  CHECK(runtime_error(kAccessFailed, Stage::kLoadProgram, "m.pte", "").reason() == Reason::kUnreadable);
  CHECK(runtime_error(kInvalidProgram, Stage::kLoadProgram, "m.pte", "").reason() == Reason::kDamaged);
  CHECK(runtime_error(kInvalidProgram, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kDamaged);
  CHECK(runtime_error(kOutOfResources, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kNoMemory);
  CHECK(runtime_error(kOtherRelease, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kOtherRelease);
  CHECK(runtime_error(0xABC, Stage::kRun, "m.pte", "").reason() == Reason::kFailed);
}

TEST(the_message_names_file_code_and_what_the_runtime_said) {
  const std::string message =
      runtime_error(kOperatorMissing, Stage::kLoadMethod, "m.pte", "Missing operator: foo").what();
  for (const char* part : {"m.pte", "error 20", "Missing operator: foo", "operator"}) {
    CHECK(message.find(part) != std::string::npos);
  }
  CHECK(message.find('\n') == std::string::npos);
}

}  // namespace
