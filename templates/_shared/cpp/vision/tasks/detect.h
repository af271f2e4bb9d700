// Object detection: boxes with a class.
#pragma once

#include <memory>

#include "vision/box_head.h"
#include "vision/tasks/task.h"

namespace vision {

class Detect : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Detect(const ModelInfo& info) : head_(info) {}

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  BoxHead head_;
};

std::unique_ptr<Task> make_detect(const ModelInfo& info);

}  // namespace vision
