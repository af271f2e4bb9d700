// Classification: how likely the picture is of each class.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vision/tasks/task.h"

namespace vision {

class Classify : public Task {
 public:
  // Throws std::invalid_argument for a description that contradicts itself.
  explicit Classify(const ModelInfo& info);

  // Gives the classes that are shown, best first; equal ones by their number. Of the thresholds all_classes and
  // max_detections count.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  const bool has_logits_;
  const std::size_t count_;
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for those that are shown; empty when all are
  std::vector<float> scores_;
};

// What sums to 1, in proportion to e to the power of the logits. In place.
void softmax(std::vector<float>& logits);

std::unique_ptr<Task> make_classify(const ModelInfo& info);

}  // namespace vision
