// From the model's input back to the picture.
#pragma once

#include <algorithm>

#include "letterbox.h"
#include "result.h"

namespace vision {

// Moves a box from the letterboxed picture back to the original one and clips it there.
inline Detection to_image(const Detection& candidate, const LetterboxPlan& plan) {
  const auto back = [](float position, int border, double gain, int size) {
    const float moved = (position - static_cast<float>(border)) / static_cast<float>(gain);
    return std::clamp(moved, 0.0F, static_cast<float>(size));
  };
  Detection detection = candidate;  // score, class and index stay
  detection.x1 = back(candidate.x1, plan.left, plan.gain_x, plan.source_width);
  detection.y1 = back(candidate.y1, plan.top, plan.gain_y, plan.source_height);
  detection.x2 = back(candidate.x2, plan.left, plan.gain_x, plan.source_width);
  detection.y2 = back(candidate.y2, plan.top, plan.gain_y, plan.source_height);
  return detection;
}

}  // namespace vision
