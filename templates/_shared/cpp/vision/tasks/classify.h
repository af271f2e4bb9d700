// Classification: a score for each class.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vision/tasks/task.h"

namespace vision {

class Classify : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Classify(const ModelInfo& info);

  // Gives the shown classes, best first; equal scores by class number. Uses all_classes and max_detections only.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  const bool has_logits_;
  const std::size_t count_;
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for classes that are shown; empty: all are
  std::vector<float> scores_;
};

// Turns logits into scores that sum to 1, in place.
void softmax(std::vector<float>& logits);

std::unique_ptr<Task> make_classify(const ModelInfo& info);

}  // namespace vision
