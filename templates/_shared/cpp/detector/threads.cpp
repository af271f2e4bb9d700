#include "detector/threads.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>

#ifdef ET_USE_THREADPOOL
#if __has_include(<executorch/extension/threadpool/threadpool.h>) && __has_include(<pthreadpool.h>)
#include <executorch/extension/threadpool/threadpool.h>
#else
// The wheel has the library, but not its header: these are the members that are used here.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  std::size_t get_thread_count() const;
  bool _unsafe_reset_threadpool(std::uint32_t num_threads);
};
ThreadPool* get_threadpool();
}  // namespace executorch::extension::threadpool
#endif

namespace detector {
namespace {

constexpr bool kHasPool = true;

int thread_count() { return static_cast<int>(executorch::extension::threadpool::get_threadpool()->get_thread_count()); }

// Unsafe while there is a model: XNNPACK's runtime keeps a pointer to the pool that it was made with.
void exchange_pool(int threads) {
  executorch::extension::threadpool::get_threadpool()->_unsafe_reset_threadpool(static_cast<std::uint32_t>(threads));
}

}  // namespace
}  // namespace detector

#else

// An ExecuTorch that was built without threads.
namespace detector {
namespace {

constexpr bool kHasPool = false;

int thread_count() { return 1; }

void exchange_pool(int) {}

}  // namespace
}  // namespace detector

#endif

namespace detector {
namespace {

struct Pool {
  std::mutex mutex;
  int users = 0;
  const int own_choice = thread_count();  // of ExecuTorch: nothing was set yet when this is made
};

Pool& pool() {
  static Pool instance;
  return instance;
}

}  // namespace

void set_threads(int threads) {
  Pool& my = pool();
  const std::lock_guard<std::mutex> lock(my.mutex);
  const int wanted = threads == 0 ? my.own_choice : threads, now = thread_count();
  if (!kHasPool || wanted == now) return;
  if (my.users > 0) {
    throw std::logic_error("a model is loaded that runs on " + std::to_string(now) + " threads, which cannot become " +
                           std::to_string(wanted) + " now");
  }
  exchange_pool(wanted);
}

int threads() {
  pool();
  return thread_count();
}

PoolUser::PoolUser() {
  const std::lock_guard<std::mutex> lock(pool().mutex);
  ++pool().users;
}

PoolUser::~PoolUser() {
  const std::lock_guard<std::mutex> lock(pool().mutex);
  --pool().users;
}

}  // namespace detector
