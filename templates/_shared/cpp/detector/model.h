// All of ExecuTorch, whose types it hides: loads, checks and runs a .pte. Also what a process has once: the log, whose
// errors become messages, and the threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/text.h"
#include "vision/letterbox.h"
#include "vision/model_info.h"

namespace detector {

// Not thread-safe, as ExecuTorch's Module.
class Model {
 public:
  // Loads the program. program: one of ModelInfo::extra_programs; nullptr: the one that the path names, or model.pte.
  // One for another backend is also run once, because its first run may take seconds. Throws support::Error if the file
  // is not this program, or cannot be run.
  Model(const vision::ModelInfo& info, const std::string& path, const vision::Program* program = nullptr);
  ~Model();

  // The input tensor (3, input_height, input_width). Write all of it before every run, because a run may overwrite it.
  vision::InputTensor input();

  // Throws support::Error.
  void run();

  double milliseconds() const;  // that the last run took

  // The outputs of the last run, as in ModelInfo::outputs. Valid until the next run.
  const vision::TensorView* outputs() const;

  // Whether an output of the last run has a value that is no number.
  bool has_nan() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Keeps ExecuTorch's errors for the messages of Model instead of printing them; fatal ones are printed. Call it in
// main, before any other call of the runtime.
void keep_runtime_log();

// Sets the number of threads, which all models share; 0: ExecuTorch's own choice. Throws std::logic_error if a loaded
// model uses them and the number would change.
void set_threads(int threads);
int threads();

// --- for Model and the tests ---

enum class Stage { kLoadProgram, kLoadMethod, kRun };

// Returns the error for a code of ExecuTorch. detail: the error that it logged, or "".
support::Error error_of_runtime(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail);

// Returns the checksum (RFC 1950) of ModelInfo::adler32. Throws support::Error if the file cannot be read.
std::uint32_t adler32_of_file(const std::string& path);

}  // namespace detector
