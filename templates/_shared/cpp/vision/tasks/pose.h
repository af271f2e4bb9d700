// Poses: boxes, each with the same number of points.
#pragma once

#include <memory>

#include "vision/box_head.h"
#include "vision/keypoints.h"
#include "vision/tasks/task.h"

namespace vision {

class Pose : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Pose(const ModelInfo& info);

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  const KeypointRule rule_;
  BoxHead head_;
};

// Throws std::invalid_argument if the description of the keypoints is inconsistent.
KeypointRule keypoint_rule(const ModelInfo& info);

std::unique_ptr<Task> make_pose(const ModelInfo& info);

}  // namespace vision
