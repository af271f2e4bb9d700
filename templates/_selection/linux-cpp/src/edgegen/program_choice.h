// Which of the model's programs runs on this processor.
#pragma once

#include <string>

#include "vision/model_info.h"

namespace app {

// model.pte is the program for all processors. The other one is the same network with its 3x3 convolutions written as
// 1x1 convolutions of shifted columns. It is faster on x86 without AVX-512 with ExecuTorch's wheel, and slower
// elsewhere.
struct Machine {
  bool has_fma = false;      // the processor can run the other program's fast kernel
  bool has_avx512 = false;   // model.pte has a fast kernel for it
  bool is_affected = false;  // ExecuTorch is a wheel whose kernel for 3x3 convolutions is slow without AVX-512
};

Machine this_machine();

struct ProgramChoice {
  std::string path;
  std::string reason;  // in words

  std::string json() const;  // an object
};

// path: of model.pte. wanted: a file name, as --program has it; empty: the faster program of this machine.
// Throws support::Failure if it is not one of the model's.
ProgramChoice choose_program(const vision::ModelInfo& model, const std::string& path, const std::string& wanted,
                             const Machine& machine = this_machine());

}  // namespace app
