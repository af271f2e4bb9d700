// The contract `detections`: one tensor (1, n, 6 + extras) with a row for each candidate: x1, y1, x2 and y2 in input
// pixels, a score from 0 to 1, a class number, then perhaps extras. The model chose and sorted them.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "vision/decode.h"

namespace vision {
namespace {

constexpr std::size_t kRowValues = 6;  // before the extras

}  // namespace

// output: that of the contract, without its first dimension.
std::vector<Candidate> decode_detections(const float* output, int n, const DecodeOptions& options) {
  std::vector<Candidate> found;
  const std::size_t values = kRowValues + static_cast<std::size_t>(options.extras);
  for (int i = 0; i < n; ++i) {
    const float* row = output + static_cast<std::size_t>(i) * values;
    const float score = row[4], class_number = row[5];
    const bool is_known = class_number >= 0 && class_number < static_cast<float>(options.num_classes);
    if (!is_known || !(score > options.confidence)) continue;
    const Candidate candidate{row[0], row[1], row[2], row[3], score, static_cast<int>(class_number), i};
    if (is_kept(candidate, options)) found.push_back(candidate);
  }
  return found;
}

const Head kDetectionsHead = {
    /* has_levels */ false,
    /* needs_nms */ false,
    [](const ModelInfo& info, std::size_t extras, std::size_t count) {
      return count == 1 && info.outputs[0].size[2] == static_cast<int>(kRowValues + extras);
    },
    [](const TensorView* outputs, const ModelInfo&, const DecodeOptions& options) {
      return decode_detections(outputs[0].floats(), outputs[0].shape.size[1], options);
    },
    [](const std::vector<Candidate>& candidates, const Thresholds& thresholds) {
      const auto max_det = static_cast<std::size_t>(std::max(thresholds.max_detections, 0));
      std::vector<std::size_t> in_order(std::min(candidates.size(), max_det));
      std::iota(in_order.begin(), in_order.end(), std::size_t{0});
      return in_order;
    },
    [](const TensorView* outputs, const ModelInfo&, std::size_t extras, std::size_t index) -> Extras {
      return {outputs[0].floats() + index * (kRowValues + extras) + kRowValues};
    }};

}  // namespace vision
