#include "vision/tasks/obb.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace vision {
namespace {

constexpr float kPi = 3.14159265F;
constexpr float kLeastTurn = 0.25F;  // of pi: angles are from -pi / 4 to 3 pi / 4

bool is_finite(const RotatedBox& box) {
  return std::isfinite(box.cx) && std::isfinite(box.cy) && std::isfinite(box.width) && std::isfinite(box.height) &&
         std::isfinite(box.angle);
}

}  // namespace

Obb::Obb(const ModelInfo& info) : head_(info, 1) {
  if (head_.has_levels() && info.angle_rule == AngleRule::kNone) {
    throw std::invalid_argument("model_info.h does not say what its angles are made of");
  }
}

RotatedBox Obb::box_of(const TensorView* outputs, const Candidate& candidate) const {
  const Extras extras = head_.extras_of(outputs, candidate.index);
  const float number = extras[0];
  if (head_.has_levels()) {
    const bool is_logit = head_.info().angle_rule == AngleRule::kLogit;
    return rotated_box(candidate, is_logit ? number : (sigmoid(number) - kLeastTurn) * kPi, extras.x, extras.y,
                       extras.stride);
  }
  return {candidate.x1, candidate.y1, candidate.x2, candidate.y2, number};
}

RotatedCandidates Obb::candidates(const TensorView* outputs, const Thresholds& thresholds) const {
  RotatedCandidates found;
  for (const Candidate& candidate : head_.candidates(outputs, thresholds, true)) {
    const RotatedBox box = box_of(outputs, candidate);
    if (!is_finite(box)) continue;
    found.candidates.push_back(candidate);
    found.boxes.push_back(box);
  }
  return found;
}

std::vector<std::size_t> Obb::choose(const RotatedCandidates& found, const Thresholds& thresholds) const {
  if (!head_.needs_nms()) return head_.choose(found.candidates, thresholds);
  return rotated_nms(found.candidates, found.boxes, {thresholds.iou, thresholds.max_detections, thresholds.agnostic});
}

void Obb::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  const RotatedCandidates found = candidates(outputs, thresholds);
  result.reset(plan.source_width, plan.source_height);
  result.candidates = static_cast<int>(found.candidates.size());
  for (const std::size_t kept : choose(found, thresholds)) {
    const Candidate& candidate = found.candidates[kept];
    const RotatedBox box = to_image(found.boxes[kept], plan);
    Detection bounds = bounds_of(box);
    bounds.score = candidate.score;
    bounds.class_id = candidate.class_id;
    bounds.index = candidate.index;
    result.boxes.push_back(bounds);
    result.rotated.push_back(box);
  }
}

Detection bounds_of(const RotatedBox& box) {
  const std::array<Point, 4> corners = corners_of(box);
  Detection bounds;
  bounds.x1 = bounds.x2 = corners[0].x;
  bounds.y1 = bounds.y2 = corners[0].y;
  for (const Point& corner : corners) {
    bounds.x1 = std::min(bounds.x1, corner.x);
    bounds.y1 = std::min(bounds.y1, corner.y);
    bounds.x2 = std::max(bounds.x2, corner.x);
    bounds.y2 = std::max(bounds.y2, corner.y);
  }
  return bounds;
}

RotatedBox to_image(const RotatedBox& box, const LetterboxPlan& plan) {
  const auto gain_x = static_cast<float>(plan.gain_x), gain_y = static_cast<float>(plan.gain_y);
  return {(box.cx - static_cast<float>(plan.left)) / gain_x, (box.cy - static_cast<float>(plan.top)) / gain_y,
          box.width / gain_x, box.height / gain_y, box.angle};
}

std::unique_ptr<Task> make_obb(const ModelInfo& info) { return std::make_unique<Obb>(info); }

}  // namespace vision
