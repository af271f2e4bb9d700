// The .pte: loaded, checked, and run. No ExecuTorch type shows here.
#pragma once

#include <memory>
#include <string>

#include "detector/outputs.h"

namespace detector {

// Not thread-safe: ExecuTorch's Module is not.
class Model {
 public:
  // Loads the program and runs it once, since the first run is the slow one. Throws support::Error when the file is
  // not the one that this program was made for, or the runtime cannot run it.
  explicit Model(const std::string& path);
  ~Model();

  // The input tensor (3, kInputHeight, kInputWidth), to be written in full before every run: running may use its
  // memory for other things.
  float* input();

  // Valid until the next run. Throws support::Error.
  const Outputs& run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detector
