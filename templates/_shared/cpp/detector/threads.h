// How many threads models run on. All models of a process share one pool of them.
#pragma once

namespace detector {

// Sets the number of threads; 0 asks for as many as ExecuTorch takes by itself. May be called again and again, but a
// loaded model keeps hold of the pool as it is: throws std::logic_error when one is loaded and the number would change.
void set_threads(int threads);

// How many there are: what was set, or what ExecuTorch takes by itself.
int threads();

// Lives as long as a model that is loaded.
class PoolUser {
 public:
  PoolUser();
  ~PoolUser();
  PoolUser(const PoolUser&) = delete;
  PoolUser& operator=(const PoolUser&) = delete;
};

}  // namespace detector
