// The contract `raw`: boxes and class logits of each level. One object may have many boxes, so NMS follows.
#include "vision/levels.h"

namespace vision {

std::vector<Candidate> decode_raw(const std::vector<RawLevel>& levels, const DecodeOptions& options) {
  std::vector<Candidate> found;
  for (Candidate& candidate : cells_above_confidence(levels, options)) {
    const auto [level, cell] = cell_of(levels, candidate);
    candidate.class_id = best_class(level, options.num_classes, cell);
    set_box(candidate, level, cell, options);
    if (is_kept(candidate, options)) found.push_back(candidate);
  }
  return found;
}

const Head kRawHead = {/* has_levels */ true,
                       /* needs_nms */ true,
                       are_levels,
                       [](const TensorView* outputs, const ModelInfo& info, const DecodeOptions& options) {
                         return decode_raw(levels_of(outputs, info, options.extras), options);
                       },
                       choose_by_nms,
                       extras_of_cell};

}  // namespace vision
