// Greedy non-maximum suppression.
#pragma once

#include <cstddef>
#include <vector>

#include "decode.h"

namespace vision {

struct NmsOptions {
  double iou = 0.7;            // 0 to 1; a box is suppressed if its IoU with a better one is above it
  int max_det = 300;           // how many boxes are kept at most
  bool agnostic = false;       // boxes of different classes suppress each other too
  int max_candidates = 30000;  // only this many, the best ones, are considered
};

// Returns the positions of the kept boxes, best first; equal scores by position. The result equals torchvision.ops.nms
// on the boxes that Ultralytics gives it, to the last bit of the float32 IoU.
std::vector<std::size_t> nms(const std::vector<Candidate>& candidates, const NmsOptions& options);

}  // namespace vision
