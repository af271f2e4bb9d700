// Depth: a distance for every pixel.
#pragma once

#include <memory>

#include "vision/dense_map.h"
#include "vision/tasks/task.h"

namespace vision {

class Depth : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Depth(const ModelInfo& info);

  // plan: of a picture that covers the whole input, stretched.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  DenseMap map_;
};

std::unique_ptr<Task> make_depth(const ModelInfo& info);

}  // namespace vision
