#include "vision/tasks/detect.h"

namespace vision {

void Detect::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  const std::vector<Candidate> found = head_.candidates(outputs, thresholds);
  start(result, plan, found.size());
  for (const std::size_t kept : head_.choose(found, thresholds)) result.boxes.push_back(to_image(found[kept], plan));
}

std::unique_ptr<Task> make_detect(const ModelInfo& info) { return std::make_unique<Detect>(info); }

}  // namespace vision
