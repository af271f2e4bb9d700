// Instance segmentation: boxes, each with a mask.
#include <stdexcept>

#include "vision/decode.h"
#include "vision/masks.h"
#include "vision/tasks/task.h"

namespace vision {
namespace {

class Segment : public Task {
 public:
  explicit Segment(const ModelInfo& info) : head_(info, info.mask_coefficients, 1) {
    const Shape& prototypes = info.outputs[info.outputs.size() - 1];
    if (info.mask_coefficients < 1 || prototypes.size[1] != info.mask_coefficients || prototypes.size[2] < 1 ||
        prototypes.size[3] < 1) {
      throw std::invalid_argument("it does not have a prototype for each coefficient of a mask");
    }
  }

  // Leaves out detections with an empty mask.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds,
           Result& result) override {
    const std::vector<Candidate> found = head_.candidates(outputs, thresholds);
    result.reset(plan.source_width, plan.source_height);
    result.candidates = static_cast<int>(found.size());
    const TensorView& prototypes = outputs[head_.info().outputs.size() - 1];
    masks_.start(prototypes.floats(), prototypes.shape, plan, thresholds.retina_masks, result.masks);
    for (const std::size_t kept : head_.choose(found, thresholds)) {
      const Candidate& candidate = found[kept];
      const Detection box = to_image(candidate, plan);
      const Extras coefficients = head_.extras_of(outputs, candidate.index);
      const bool is_seen = masks_.add(coefficients, thresholds.retina_masks ? box : candidate, result.masks);
      if (is_seen) result.boxes.push_back(box);
    }
  }

 private:
  BoxHead head_;
  MaskMaker masks_;
};

}  // namespace

std::unique_ptr<Task> make_segment(const ModelInfo& info) { return std::make_unique<Segment>(info); }

}  // namespace vision
