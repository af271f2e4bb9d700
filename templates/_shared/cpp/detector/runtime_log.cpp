#include "detector/runtime_log.h"

#include <executorch/runtime/platform/platform.h>

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
  if (level != kError && level != kFatal) return;
  const std::lock_guard<std::mutex> lock(log().mutex);
  if (log().first_error.empty()) log().first_error.assign(message, length);
}

}  // namespace

void keep_runtime_log() {
  executorch::runtime::register_pal(executorch::runtime::PalImpl::create(&keep_message, __FILE__));
}

std::string take_runtime_error() {
  const std::lock_guard<std::mutex> lock(log().mutex);
  return std::exchange(log().first_error, {});
}

}  // namespace detector
