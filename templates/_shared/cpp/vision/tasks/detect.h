// Object detection: boxes with a class.
#pragma once

#include <cstdint>
#include <vector>

#include "vision/decode.h"
#include "vision/nms.h"
#include "vision/tasks/task.h"

namespace vision {

class Detect : public Task {
 public:
  // Throws std::invalid_argument for a description that contradicts itself.
  explicit Detect(const ModelInfo& info);

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

  // The first half of it: all boxes above the confidence, in input pixels. Valid until the next call.
  const std::vector<Candidate>& candidates(const TensorView* outputs, const Thresholds& thresholds);

  // The second half: the places of those that are shown, best first. Valid until the next call.
  const std::vector<int>& choose(const std::vector<Candidate>& candidates, const Thresholds& thresholds);

 private:
  const ModelInfo info_;
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for those that are shown; empty when all are
  std::vector<RawLevel> levels_;
  Decoder decoder_;
  Nms nms_;
  std::vector<int> first_;
};

std::unique_ptr<Task> make_detect(const ModelInfo& info);

}  // namespace vision
