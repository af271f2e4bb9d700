#include "rotated_nms.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

// A product is rounded before it is added to something, so that all processors give the same bits. For other compilers
// than Clang a flag says so (-ffp-contract=off).
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kClassOffset = 7680;  // pixels by which classes are kept apart (Ultralytics' max_wh)
constexpr float kEpsilon = 1e-7F;     // keeps divisions and roots away from 0
constexpr float kVariance = 12;       // of a uniform distribution: the side squared / 12
constexpr float kFarthest = 100;      // of Bhattacharyya distances

// The third part of a distance is half the logarithm of something above kEpsilon: it is never below this.
constexpr float kLeastOfLogarithm = -8.1F;

}  // namespace

RotatedBox rotated_box(const Candidate& candidate, float angle, float x, float y, float stride) {
  const float left = candidate.x1, top = candidate.y1, right = candidate.x2, bottom = candidate.y2;
  const float forward = (right - left) / 2, down = (bottom - top) / 2;  // of the centre, as the box lies
  const float cosine = std::cos(angle), sine = std::sin(angle);
  return {(forward * cosine - down * sine + x) * stride, (forward * sine + down * cosine + y) * stride,
          (left + right) * stride, (top + bottom) * stride, angle};
}

std::array<Point, 4> corners_of(const RotatedBox& box) {
  const float cosine = std::cos(box.angle), sine = std::sin(box.angle);
  const float along_x = box.width / 2 * cosine, along_y = box.width / 2 * sine;
  const float across_x = -box.height / 2 * sine, across_y = box.height / 2 * cosine;
  return {{{box.cx + along_x + across_x, box.cy + along_y + across_y},
           {box.cx + along_x - across_x, box.cy + along_y - across_y},
           {box.cx - along_x - across_x, box.cy - along_y - across_y},
           {box.cx - along_x + across_x, box.cy - along_y + across_y}}};
}

RotatedNms::Normal RotatedNms::normal_of(const RotatedBox& box, float offset) {
  const float a = box.width * box.width / kVariance, b = box.height * box.height / kVariance;
  const float cosine = std::cos(box.angle), sine = std::sin(box.angle);
  Normal normal;
  normal.x = box.cx + offset;
  normal.y = box.cy + offset;
  normal.a = a * (cosine * cosine) + b * (sine * sine);
  normal.b = a * (sine * sine) + b * (cosine * cosine);
  normal.c = (a - b) * cosine * sine;
  const float determinant = normal.a * normal.b - normal.c * normal.c;
  normal.determinant = determinant < 0 ? 0 : determinant;  // not-a-number stays
  return normal;
}

float RotatedNms::overlap(const Normal& one, const Normal& other) {
  const float a = one.a + other.a, b = one.b + other.b, c = one.c + other.c;
  const float dx = one.x - other.x, dy = one.y - other.y;
  const float determinant = a * b - c * c, safe = determinant + kEpsilon;
  const float apart = (a * (dy * dy) + b * (dx * dx)) / safe * 0.25F;
  const float turned = c * -dx * dy / safe * 0.5F;
  const float unlike =
      std::log(determinant / (4 * std::sqrt(one.determinant * other.determinant) + kEpsilon) + kEpsilon) * 0.5F;
  const float sum = apart + turned + unlike;
  const float distance = sum < kEpsilon ? kEpsilon : sum > kFarthest ? kFarthest : sum;  // not-a-number stays
  return 1 - std::sqrt(1 - std::exp(-distance) + kEpsilon);
}

// Whether the distance between two is certainly above this: without the logarithm, which takes longest.
bool RotatedNms::is_far(const Normal& one, const Normal& other, float distance) {
  const float a = one.a + other.a, b = one.b + other.b, c = one.c + other.c;
  const float dx = one.x - other.x, dy = one.y - other.y;
  const float safe = a * b - c * c + kEpsilon;
  const float scaled = (a * (dy * dy) + b * (dx * dx)) * 0.25F - c * dx * dy * 0.5F;
  return safe > 0 && scaled > (distance - kLeastOfLogarithm) * safe;
}

const std::vector<int>& RotatedNms::run(const std::vector<Candidate>& candidates, const std::vector<RotatedBox>& boxes,
                                        const std::vector<int>& by_score, const NmsOptions& options) {
  const auto max_det = static_cast<std::size_t>(std::max(options.max_det, 0));
  const std::size_t count = std::min(by_score.size(), static_cast<std::size_t>(std::max(options.max_candidates, 0)));
  kept_.clear();
  kept_.reserve(std::min(candidates.capacity(), max_det));
  normals_.clear();
  normals_.reserve(candidates.capacity());
  // An overlap above the threshold means that the distance is not above this, with something to spare.
  const double rest = 1 - options.iou;
  const double reach = 1.0 - rest * rest;  // exp(-distance) at the threshold
  constexpr double kToSpare = 1;
  const auto iou = static_cast<float>(options.iou);
  const bool has_reach = reach > 0;
  const auto far = static_cast<float>((has_reach ? -std::log(reach) : 0) + kToSpare);
  for (std::size_t i = 0; i < count && kept_.size() < max_det; ++i) {
    const auto position = static_cast<std::size_t>(by_score[i]);
    const float offset = options.agnostic ? 0 : static_cast<float>(candidates[position].class_id) * kClassOffset;
    const Normal normal = normal_of(boxes[position], offset);
    const bool is_suppressed = std::any_of(normals_.begin(), normals_.end(), [&](const Normal& better) {
      if (has_reach && is_far(better, normal, far)) return false;
      return overlap(better, normal) > iou;
    });
    normals_.push_back(normal);  // whether or not it is kept
    if (!is_suppressed) kept_.push_back(static_cast<int>(position));
  }
  return kept_;
}

float probabilistic_iou(const RotatedBox& a, const RotatedBox& b) {
  return RotatedNms::overlap(RotatedNms::normal_of(a, 0), RotatedNms::normal_of(b, 0));
}

}  // namespace vision
