// What there is once in a process of ExecuTorch: what it says when something goes wrong (error codes in words, its
// log), and the threads that models run on.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.h"

namespace detector {

enum class Stage { kLoadProgram, kLoadMethod, kRun };

// detail: what ExecuTorch logged, or nothing.
support::Error runtime_error(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail);

// From now on ExecuTorch's errors are kept instead of printed, so that an error is one line, and a picture none; what
// ends the process goes to stderr. For a program of one's own, before anything of the runtime: there is one log in a
// process, and a library has no say in its host's. Without it, nothing is kept.
void keep_runtime_log();

// The first error that was logged since the last call, or nothing; it is forgotten.
std::string take_runtime_error();

// --- threads: all models of a process share one pool of them ---

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
