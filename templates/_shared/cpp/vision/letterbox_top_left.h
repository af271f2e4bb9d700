// A letterbox with the picture at the top left of the model's input. The border is at the right or at the bottom.
#pragma once

#include <memory>

#include "vision/letterbox.h"

namespace vision {

// Fits a picture into the input, keeping its shape. Sizes are cut to whole pixels; both gains are the ratio before
// that. All sizes >= 1.
LetterboxPlan plan_letterbox_top_left(int source_width, int source_height, int input_width, int input_height);

std::unique_ptr<Preprocessor> make_letterbox_top_left(const ModelInfo& info);

}  // namespace vision
