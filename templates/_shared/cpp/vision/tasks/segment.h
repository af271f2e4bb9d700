// Instance segmentation: boxes, each with a bitmap of what belongs to it.
#pragma once

#include <memory>

#include "vision/box_head.h"
#include "vision/masks.h"
#include "vision/tasks/task.h"

namespace vision {

class Segment : public Task {
 public:
  // Throws std::invalid_argument for a description that contradicts itself.
  explicit Segment(const ModelInfo& info);

  // What has an empty mask is left out.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  BoxHead head_;
  MaskMaker masks_;
};

std::unique_ptr<Task> make_segment(const ModelInfo& info);

}  // namespace vision
