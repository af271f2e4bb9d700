#include "vision/tasks/pose.h"

#include <stdexcept>

namespace vision {

KeypointRule keypoint_rule(const ModelInfo& info) {
  if (info.keypoints < 1 || info.keypoint_values < 2 || info.keypoint_values > 3) {
    throw std::invalid_argument("its points do not have 2 or 3 values each");
  }
  const bool has_cells = info.contract == Contract::kRaw || info.contract == Contract::kEnd2end;
  return {info.keypoints, info.keypoint_values, has_cells, info.keypoint_scale, info.keypoint_shift};
}

Pose::Pose(const ModelInfo& info) : rule_(keypoint_rule(info)), head_(info, rule_.count * rule_.values) {}

void Pose::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  const std::vector<Candidate> found = head_.candidates(outputs, thresholds);
  start(result, plan, found.size());
  for (const std::size_t kept : head_.choose(found, thresholds)) {
    const Candidate& candidate = found[kept];
    result.boxes.push_back(to_image(candidate, plan));
    decode_keypoints(head_.extras_of(outputs, candidate.index), rule_, result.keypoints);
  }
  for (Keypoint& point : result.keypoints) point = to_image(point, plan);
}

std::unique_ptr<Task> make_pose(const ModelInfo& info) { return std::make_unique<Pose>(info); }

}  // namespace vision
