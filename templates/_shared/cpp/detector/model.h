// The .pte: loaded, checked, and run. No ExecuTorch type shows here.
#pragma once

#include <memory>
#include <string>

#include "vision/input.h"
#include "vision/model_info.h"
#include "vision/tensor_view.h"

namespace detector {

// Not thread-safe: ExecuTorch's Module is not.
class Model {
 public:
  // Loads the program and runs it once, since the first run is the slow one. Throws support::Error when the file is
  // not the one that is described, or the runtime cannot run it.
  Model(const vision::ModelInfo& info, const std::string& path);
  ~Model();

  // The input tensor (3, input_height, input_width), to be written in full before every run: running may use its
  // memory for other things.
  vision::InputTensor input();

  // Throws support::Error.
  void run();

  // Of the last run, as many as ModelInfo::outputs names: valid until the next.
  const vision::TensorView* outputs() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What makes a picture the model's input.
std::unique_ptr<vision::InputMaker> make_input(const vision::ModelInfo& info);

}  // namespace detector
