// Instance segmentation: boxes, each with a mask.
#pragma once

#include <memory>

#include "vision/box_head.h"
#include "vision/masks.h"
#include "vision/tasks/task.h"

namespace vision {

class Segment : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Segment(const ModelInfo& info);

  // Leaves out detections with an empty mask.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  BoxHead head_;
  MaskMaker masks_;
};

std::unique_ptr<Task> make_segment(const ModelInfo& info);

}  // namespace vision
