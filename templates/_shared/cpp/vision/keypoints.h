// The points of poses: from a head's numbers to places in the picture.
#pragma once

#include <vector>

#include "box_head.h"
#include "letterbox.h"
#include "result.h"

namespace vision {

struct KeypointRule {
  int count = 0, values = 0;   // points of a candidate, and numbers of each: x, y and, where it is 3, a score
  bool has_cells = true;       // else positions are pixels of the input, and scores are scores
  float scale = 2, shift = 0;  // a position is (number * scale + cell centre + shift) * stride
};

// Appends the points of a candidate, in pixels of the input, finite or not. extras: its numbers, point by point.
void decode_keypoints(const Extras& extras, const KeypointRule& rule, std::vector<Keypoint>& points);

// Moves a point from the letterboxed picture back to the original one and clips it there. One that is not finite comes
// to 0, 0 with score 0.
Keypoint to_image(const Keypoint& point, const LetterboxPlan& plan);

inline constexpr float kLeastVisible = 0.25F;  // of a score, 0 to 1; Ultralytics' own choice for drawing

// Whether it is worth drawing.
inline bool is_visible(const Keypoint& point) { return point.score >= kLeastVisible; }

}  // namespace vision
