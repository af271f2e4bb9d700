// The parts of ExecuTorch that a process has once: error messages, the log, and the threads.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.h"

namespace detector {

enum class Stage { kLoadProgram, kLoadMethod, kRun };

// detail: the error that ExecuTorch logged, or "".
support::Error runtime_error(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail);

// Keeps ExecuTorch's errors for take_runtime_error instead of printing them; fatal ones are printed. Call it in main,
// before any other call of the runtime.
void keep_runtime_log();

// Returns and forgets the first error that was logged since the last call, or "".
std::string take_runtime_error();

// --- threads: all models of a process share one pool ---

// Sets the number of threads; 0: ExecuTorch's own choice. Throws std::logic_error if a loaded model uses the pool and
// the number would change.
void set_threads(int threads);

// Returns the number of threads.
int threads();

// Marks the pool as used while a model is loaded.
class PoolUser {
 public:
  PoolUser();
  ~PoolUser();
  PoolUser(const PoolUser&) = delete;
  PoolUser& operator=(const PoolUser&) = delete;
};

}  // namespace detector
