#include <algorithm>

#include "vision/decode.h"
#include "vision/model_info.h"

namespace vision {
namespace {

// Classes are kept apart by moving their boxes this many pixels each (Ultralytics' max_wh). The rounding that this
// costs a float32 is part of the rule: an exact IoU would decide differently near the threshold.
constexpr float kClassOffset = 7680;

struct Box {
  float x1, y1, x2, y2, area;
};

// Returns the IoU of two boxes. 0 / 0 is NaN, which is above no threshold.
float iou_of(const Box& a, const Box& b) {
  const float width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const float height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (!(width > 0) || !(height > 0)) return 0;
  const float intersection = rounded(width * height);
  return intersection / (a.area + b.area - intersection);
}

}  // namespace

std::vector<std::size_t> nms(const std::vector<Candidate>& candidates, const NmsOptions& options) {
  const auto max_det = static_cast<std::size_t>(std::max(options.max_det, 0));
  std::vector<std::size_t> kept;
  std::vector<Box> kept_boxes;
  for (const std::size_t position : most_confident(candidates, options.max_candidates)) {
    if (kept.size() == max_det) break;
    const Candidate& candidate = candidates[position];
    const float offset = options.agnostic ? 0 : static_cast<float>(candidate.class_id) * kClassOffset;
    Box box{candidate.x1 + offset, candidate.y1 + offset, candidate.x2 + offset, candidate.y2 + offset, 0};
    box.area = rounded((box.x2 - box.x1) * (box.y2 - box.y1));
    const bool is_suppressed = std::any_of(kept_boxes.begin(), kept_boxes.end(), [&](const Box& better) {
      return static_cast<double>(iou_of(better, box)) > options.iou;
    });
    if (is_suppressed) continue;
    kept.push_back(position);
    kept_boxes.push_back(box);
  }
  return kept;
}

std::vector<std::size_t> choose_by_nms(const std::vector<Candidate>& candidates, const Thresholds& thresholds) {
  return nms(candidates, {thresholds.iou, thresholds.max_detections, thresholds.agnostic});
}

}  // namespace vision
