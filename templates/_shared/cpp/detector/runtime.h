// What a process has once of ExecuTorch: the log, whose errors become messages, and the threads.
#pragma once

#include <cstdint>
#include <string>

#include "support/text.h"

namespace detector {

// Keeps ExecuTorch's errors for the messages of Model instead of printing them; fatal ones are printed. Call it in
// main, before any other call of the runtime.
void keep_runtime_log();

// Sets the number of threads, which all models share; 0: ExecuTorch's own choice. Throws std::logic_error if a loaded
// model uses them and the number would change.
void set_threads(int threads);
int threads();

// --- for Model and the tests ---

enum class Stage { kLoadProgram, kLoadMethod, kRun };

// Returns and forgets the first error that was logged since the last call, or "".
std::string take_runtime_error();

// Returns the error for a code of ExecuTorch. detail: the error that it logged, or "".
support::Error error_of_runtime(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail);

// Marks the threads as used while a model is loaded: XNNPACK keeps a pointer to their pool.
struct PoolUser {
  PoolUser();
  ~PoolUser();
  PoolUser(const PoolUser&) = delete;
  PoolUser& operator=(const PoolUser&) = delete;
};

}  // namespace detector
