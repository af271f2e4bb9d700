#include "vision/tasks/segment.h"

#include <stdexcept>

namespace vision {

Segment::Segment(const ModelInfo& info) : head_(info, info.mask_coefficients, 1) {
  const Shape& prototypes = info.outputs[info.outputs.size() - 1];
  if (info.mask_coefficients < 1 || prototypes.size[1] != info.mask_coefficients || prototypes.size[2] < 1 ||
      prototypes.size[3] < 1) {
    throw std::invalid_argument("it does not have a prototype for each coefficient of a mask");
  }
}

void Segment::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  const std::vector<Candidate> found = head_.candidates(outputs, thresholds);
  start(result, plan, found.size());
  const TensorView& prototypes = outputs[head_.info().outputs.size() - 1];
  masks_.start(prototypes.floats(), prototypes.shape, plan, thresholds.retina_masks, result.masks);
  for (const std::size_t kept : head_.choose(found, thresholds)) {
    const Candidate& candidate = found[kept];
    const Detection box = to_image(candidate, plan);
    const bool is_seen =
        masks_.add(head_.extras_of(outputs, candidate.index), thresholds.retina_masks ? box : candidate, result.masks);
    if (is_seen) result.boxes.push_back(box);
  }
}

std::unique_ptr<Task> make_segment(const ModelInfo& info) { return std::make_unique<Segment>(info); }

}  // namespace vision
