#include "vision/rotated_nms.h"

#include <algorithm>
#include <cmath>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kClassOffset = 7680;  // pixels by which classes are kept apart (Ultralytics' max_wh)
constexpr float kEpsilon = 1e-7F;     // keeps divisions and roots away from 0
constexpr float kVariance = 12;       // of a uniform distribution: the side squared / 12
constexpr float kFarthest = 100;      // Bhattacharyya distance of boxes that have nothing in common

// A box as a normal distribution: its centre and its covariance.
struct Normal {
  float x, y, a, b, c;
  float determinant;  // not below 0
};

Normal normal_of(const RotatedBox& box, float offset) {
  const float along = box.width * box.width / kVariance, across = box.height * box.height / kVariance;
  const float cosine = std::cos(box.angle), sine = std::sin(box.angle);
  Normal normal;
  normal.x = box.cx + offset;
  normal.y = box.cy + offset;
  normal.a = along * (cosine * cosine) + across * (sine * sine);
  normal.b = along * (sine * sine) + across * (cosine * cosine);
  normal.c = (along - across) * cosine * sine;
  normal.determinant = std::max(normal.a * normal.b - normal.c * normal.c, 0.0F);  // NaN stays
  return normal;
}

float probiou(const Normal& one, const Normal& other) {
  const float a = one.a + other.a, b = one.b + other.b, c = one.c + other.c;
  const float right = other.x - one.x, down = one.y - other.y;
  const float spread = a * b - c * c;
  const float places = (a * (down * down) + b * (right * right)) / (spread + kEpsilon) * 0.25F;
  const float turns = c * right * down / (spread + kEpsilon) * 0.5F;
  const float sizes = 4 * std::sqrt(one.determinant * other.determinant) + kEpsilon;
  const float shapes = std::log(spread / sizes + kEpsilon) * 0.5F;
  const float distance = std::clamp(places + turns + shapes, kEpsilon, kFarthest);  // NaN stays
  return 1 - std::sqrt(1 - std::exp(-distance) + kEpsilon);
}

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

float probiou(const RotatedBox& one, const RotatedBox& other) {
  return probiou(normal_of(one, 0), normal_of(other, 0));
}

std::vector<std::size_t> rotated_nms(const std::vector<Candidate>& candidates, const std::vector<RotatedBox>& boxes,
                                     const NmsOptions& options) {
  const auto max_det = static_cast<std::size_t>(std::max(options.max_det, 0));
  const auto iou = static_cast<float>(options.iou);
  std::vector<std::size_t> kept;
  std::vector<Normal> better_boxes;  // kept or not
  for (const std::size_t position : most_confident(candidates, options.max_candidates)) {
    if (kept.size() == max_det) break;
    const float offset = options.agnostic ? 0 : static_cast<float>(candidates[position].class_id) * kClassOffset;
    const Normal box = normal_of(boxes[position], offset);
    const bool is_suppressed = std::any_of(better_boxes.begin(), better_boxes.end(),
                                           [&](const Normal& better) { return probiou(better, box) > iou; });
    better_boxes.push_back(box);
    if (!is_suppressed) kept.push_back(position);
  }
  return kept;
}

}  // namespace vision
