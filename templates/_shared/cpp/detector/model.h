// A .pte that ExecuTorch runs. Its types are hidden here.
#pragma once

#include <memory>
#include <string>

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

}  // namespace detector
