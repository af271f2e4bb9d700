#include "vision/letterbox_top_left.h"

#include <algorithm>

namespace vision {

LetterboxPlan plan_letterbox_top_left(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan{source_width, source_height, input_width, input_height};
  const double ratio =
      std::min(static_cast<double>(input_width) / source_width, static_cast<double>(input_height) / source_height);
  plan.resized_width = std::max(static_cast<int>(source_width * ratio), 1);
  plan.resized_height = std::max(static_cast<int>(source_height * ratio), 1);
  plan.gain_x = plan.gain_y = ratio;
  return plan;
}

std::unique_ptr<Preprocessor> make_letterbox_top_left(const ModelInfo& info) {
  return std::make_unique<Letterbox>(info, plan_letterbox_top_left);
}

}  // namespace vision
