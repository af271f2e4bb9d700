#include "detector/runtime_log.h"

#include <executorch/runtime/platform/platform.h>

#include <cstdio>
#include <mutex>
#include <utility>

namespace detector {
namespace {

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

void keep_runtime_log() {
  // Once: the runtime takes a second time for a mistake, and logs it as an error.
  [[maybe_unused]] static const bool is_kept =
      executorch::runtime::register_pal(executorch::runtime::PalImpl::create(&keep_message, "runtime_log.cpp"));
}

std::string take_runtime_error() {
  const std::lock_guard<std::mutex> lock(log().mutex);
  return std::exchange(log().first_error, {});
}

}  // namespace detector
