#include "support/failure.h"

#include "tools/check.h"

namespace {

using support::Error;
using support::Failure;
using support::Reason;

constexpr Reason kReasons[] = {
    Reason::kUnreadable,     Reason::kNotThisModel,    Reason::kDamaged,  Reason::kDoesNotFit, Reason::kOtherRelease,
    Reason::kBackendMissing, Reason::kOperatorMissing, Reason::kNoMemory, Reason::kFailed,     Reason::kVectors};

TEST(what_is_wrong_is_followed_by_what_to_do) {
  CHECK_EQUAL(std::string(Failure(Error(Reason::kDoesNotFit, "m.pte does not fit")).what()),
              "m.pte does not fit. Run `edgegen new` for this model");
  for (const Reason reason : kReasons) {
    const std::string next = next_step(reason);
    CHECK(next.size() > 10);
    CHECK(next.back() != '.');
    CHECK(next.find('\n') == std::string::npos);
  }
}

TEST(a_missing_or_wrong_file_ends_with_3_and_what_it_cannot_run_with_4) {
  for (const Reason reason : kReasons) {
    const bool is_file = reason == Reason::kUnreadable || reason == Reason::kNotThisModel ||
                         reason == Reason::kDamaged || reason == Reason::kDoesNotFit || reason == Reason::kVectors;
    CHECK_EQUAL(Failure(Error(reason, "")).exit_code(), is_file ? 3 : 4);
  }
}

}  // namespace
