// A picture that takes all of the model's input, without keeping its shape.
#pragma once

#include <memory>

#include "vision/letterbox.h"

namespace vision {

// Fits a picture into the input without keeping its shape: it takes all of it. All sizes >= 1.
inline LetterboxPlan plan_stretch(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan{source_width, source_height, input_width, input_height};
  plan.resized_width = input_width;
  plan.resized_height = input_height;
  plan.gain_x = static_cast<double>(input_width) / source_width;
  plan.gain_y = static_cast<double>(input_height) / source_height;
  return plan;
}

inline std::unique_ptr<Preprocessor> make_stretch(const ModelInfo& info) {
  return std::make_unique<Letterbox>(info, plan_stretch);
}

}  // namespace vision
