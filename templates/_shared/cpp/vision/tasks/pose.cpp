// Poses: boxes, each with the same number of points.
#include "vision/decode.h"
#include "vision/keypoints.h"
#include "vision/tasks/task.h"

namespace vision {
namespace {

class Pose : public Task {
 public:
  explicit Pose(const ModelInfo& info) : rule_(keypoint_rule(info)), head_(info, rule_.count * rule_.values) {}

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds,
           Result& result) override {
    const std::vector<Candidate> found = head_.candidates(outputs, thresholds);
    result.reset(plan.source_width, plan.source_height);
    result.candidates = static_cast<int>(found.size());
    for (const std::size_t kept : head_.choose(found, thresholds)) {
      const Candidate& candidate = found[kept];
      result.boxes.push_back(to_image(candidate, plan));
      decode_keypoints(head_.extras_of(outputs, candidate.index), rule_, result.keypoints);
    }
    for (Keypoint& point : result.keypoints) point = to_image(point, plan);
  }

 private:
  const KeypointRule rule_;
  BoxHead head_;
};

}  // namespace

std::unique_ptr<Task> make_pose(const ModelInfo& info) { return std::make_unique<Pose>(info); }

}  // namespace vision
