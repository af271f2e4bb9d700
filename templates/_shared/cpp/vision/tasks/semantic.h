// Semantic segmentation: a class for every pixel.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vision/dense_map.h"
#include "vision/tasks/task.h"

namespace vision {

inline constexpr std::uint16_t kNoClass = 255;  // of a pixel whose class is not shown

class Semantic : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Semantic(const ModelInfo& info);

  // Gives the class map and the share of each class in the picture, largest first.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  const int count_;                       // maps of logits
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for classes that are shown; empty: all are
  DenseMap map_;
  std::vector<float> best_;
  std::vector<std::size_t> pixels_;  // of each class
};

std::unique_ptr<Task> make_semantic(const ModelInfo& info);

}  // namespace vision
