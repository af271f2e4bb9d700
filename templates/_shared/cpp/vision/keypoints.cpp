#include "vision/keypoints.h"

#include <cmath>
#include <cstddef>
#include <stdexcept>

// A product is rounded before it is added to something, so that all processors give the same bits. For other compilers
// than Clang a flag says so (-ffp-contract=off).
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr int kValuesWithScore = 3;

}  // namespace

KeypointRule keypoint_rule(const ModelInfo& info) {
  if (info.keypoints < 1 || info.keypoint_values < 2 || info.keypoint_values > 3) {
    throw std::invalid_argument("its points do not have 2 or 3 values each");
  }
  return {info.keypoints, info.keypoint_values, info.head->has_levels, info.keypoint_scale, info.keypoint_shift};
}

void decode_keypoints(const Extras& extras, const KeypointRule& rule, std::vector<Keypoint>& points) {
  const float x = extras.x + rule.shift, y = extras.y + rule.shift;
  const auto values = static_cast<std::size_t>(rule.values);
  for (std::size_t k = 0; k < static_cast<std::size_t>(rule.count); ++k) {
    Keypoint point{extras[k * values], extras[k * values + 1], 1};
    if (rule.values == kValuesWithScore) point.score = extras[k * values + 2];
    if (rule.has_cells) {
      point.x = (point.x * rule.scale + x) * extras.stride;
      point.y = (point.y * rule.scale + y) * extras.stride;
      if (rule.values == kValuesWithScore) point.score = sigmoid(point.score);
    }
    points.push_back(point);
  }
}

Keypoint to_image(const Keypoint& point, const LetterboxPlan& plan) {
  if (!std::isfinite(point.x) || !std::isfinite(point.y) || !std::isfinite(point.score)) return {0, 0, 0};
  const Point moved = to_image(Point{point.x, point.y}, plan);
  return {moved.x, moved.y, point.score};
}

}  // namespace vision
