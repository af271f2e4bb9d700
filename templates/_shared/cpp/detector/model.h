// Loads, checks and runs a .pte. Hides the types of ExecuTorch.
#pragma once

#include <memory>
#include <string>

#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/numbers.h"

namespace detector {

// Not thread-safe, as ExecuTorch's Module.
class Model {
 public:
  // Loads the program. Throws support::Error if the file is not the model of `info`, or cannot be run. The first run
  // takes longer than the later ones.
  Model(const vision::ModelInfo& info, const std::string& path);
  ~Model();

  // The input tensor (3, input_height, input_width). Write all of it before every run, because a run may overwrite it.
  vision::InputTensor input();

  // Throws support::Error.
  void run();

  // The outputs of the last run, as in ModelInfo::outputs. Valid until the next run.
  const vision::TensorView* outputs() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns the preprocessing of the model.
std::unique_ptr<vision::Preprocessor> make_preprocessor(const vision::ModelInfo& info);

}  // namespace detector
