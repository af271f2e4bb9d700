// Keypoints of poses: from the model's values to positions in the picture.
#pragma once

#include <vector>

#include "vision/decode.h"
#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace vision {

struct KeypointRule {
  int count = 0, values = 0;   // points of a candidate, and values of each: x, y and, if there are 3, a score
  bool has_cells = true;       // otherwise positions are input pixels, and scores are from 0 to 1
  float scale = 2, shift = 0;  // a position is (value * scale + cell centre + shift) * stride
};

// Throws std::invalid_argument if the description of the keypoints is inconsistent.
KeypointRule keypoint_rule(const ModelInfo& info);

// Appends the points of a candidate in input pixels, finite or not. extras: its values, point by point.
void decode_keypoints(const Extras& extras, const KeypointRule& rule, std::vector<Keypoint>& points);

// Moves a point from the model's input back to the picture and clips it there. A point that is not finite becomes 0, 0
// with score 0.
Keypoint to_image(const Keypoint& point, const LetterboxPlan& plan);

inline constexpr float kLeastVisible = 0.25F;  // a score, 0 to 1; Ultralytics draws from here on

// Returns whether the point is drawn.
inline bool is_visible(const Keypoint& point) { return point.score >= kLeastVisible; }

}  // namespace vision
