#include "detector/runtime.h"

#include <executorch/runtime/core/error.h>
#include <executorch/runtime/platform/platform.h>

#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "build_info.h"

#ifdef ET_USE_THREADPOOL
#if __has_include(<executorch/extension/threadpool/threadpool.h>) && __has_include(<pthreadpool.h>)
#include <executorch/extension/threadpool/threadpool.h>
#else
// The wheel lacks the header of its thread pool. If another release changes these members, the program does not link.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  std::size_t get_thread_count() const;
  bool _unsafe_reset_threadpool(std::uint32_t num_threads);
};
ThreadPool* get_threadpool();
}  // namespace executorch::extension::threadpool
#endif
#endif

namespace detector {
namespace {

using executorch::runtime::Error;
using support::Reason;

// --- errors and the log ---

constexpr const char* kFailures[] = {"it cannot be loaded", "it cannot be prepared", "it cannot be run"};  // by Stage

struct Explanation {
  Reason reason;
  std::string text;
};

Explanation explain(Error error, Stage stage) {
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
  return {Reason::kFailed, kFailures[static_cast<std::size_t>(stage)]};
}

// Written by any thread of the runtime.
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
  if (level == kFatal) {  // the process ends here
    std::fwrite(message, 1, length, stderr);
    std::fputc('\n', stderr);
  }
  if (level != kError) return;
  const std::lock_guard<std::mutex> lock(log().mutex);
  if (log().first_error.empty()) log().first_error.assign(message, length);
}

}  // namespace

std::string take_runtime_error() {
  const std::lock_guard<std::mutex> lock(log().mutex);
  return std::exchange(log().first_error, {});
}

support::Error error_of_runtime(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail) {
  const Explanation why = explain(static_cast<Error>(code), stage);
  std::string message = support::printable(path) + ": " + why.text + " (ExecuTorch error " + std::to_string(code);
  if (!detail.empty()) message += ": " + support::printable(detail);
  return {why.reason, message + ")"};
}

void keep_runtime_log() {
  // Once: the runtime logs a second call as an error.
  [[maybe_unused]] static const bool is_kept =
      executorch::runtime::register_pal(executorch::runtime::PalImpl::create(&keep_message, "runtime.cpp"));
}

// --- threads: all models of a process share one pool ---

namespace {

#ifdef ET_USE_THREADPOOL
constexpr bool kHasPool = true;
executorch::extension::threadpool::ThreadPool& threads_of_executorch() {
  return *executorch::extension::threadpool::get_threadpool();
}
int thread_count() { return static_cast<int>(threads_of_executorch().get_thread_count()); }
// Unsafe while a model is loaded.
void exchange_pool(int threads) {
  threads_of_executorch()._unsafe_reset_threadpool(static_cast<std::uint32_t>(threads));
}
#else  // an ExecuTorch that was built without threads
constexpr bool kHasPool = false;
int thread_count() { return 1; }
void exchange_pool(int) {}
#endif

struct Pool {
  std::mutex mutex;
  int users = 0;
  const int own_choice = thread_count();  // ExecuTorch's: no number was set yet
};

Pool& pool() {
  static Pool instance;
  return instance;
}

void count_users(int change) {
  const std::lock_guard<std::mutex> lock(pool().mutex);
  pool().users += change;
}

}  // namespace

PoolUser::PoolUser() { count_users(1); }

PoolUser::~PoolUser() { count_users(-1); }

void set_threads(int threads) {
  const std::lock_guard<std::mutex> lock(pool().mutex);
  const int wanted = threads == 0 ? pool().own_choice : threads, now = thread_count();
  if (!kHasPool || wanted == now) return;
  if (pool().users > 0) {
    throw std::logic_error("a loaded model uses " + std::to_string(now) + " threads, so there cannot be " +
                           std::to_string(wanted) + " now");
  }
  exchange_pool(wanted);
}

int threads() { return thread_count(); }

}  // namespace detector
