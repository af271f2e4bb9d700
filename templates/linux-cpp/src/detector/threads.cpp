#include "detector/threads.h"

#include <cstddef>
#include <cstdint>

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

void set_threads(int threads) {
  // Unsafe only while a model runs.
  executorch::extension::threadpool::get_threadpool()->_unsafe_reset_threadpool(static_cast<std::uint32_t>(threads));
}

int threads() { return static_cast<int>(executorch::extension::threadpool::get_threadpool()->get_thread_count()); }

}  // namespace detector

#else

// An ExecuTorch that was built without threads.
namespace detector {

void set_threads(int) {}

int threads() { return 1; }

}  // namespace detector

#endif
