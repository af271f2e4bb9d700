// The contract `multilabel`: one tensor (1, 4 + classes, n) with a column for each box: cx, cy, width and height in
// input pixels, then class scores from 0 to 1. Each class with a score above the confidence is a candidate. NMS
// follows.
#include <cstddef>
#include <vector>

#include "vision/decode.h"

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr std::size_t kBoxValues = 4;

}  // namespace

// output: that of the contract, without its first dimension.
std::vector<Candidate> decode_multilabel(const float* output, int n, const DecodeOptions& options) {
  std::vector<Candidate> found;
  const auto count = static_cast<std::size_t>(n);
  const float* scores = output + kBoxValues * count;
  for (std::size_t i = 0; i < count; ++i) {
    const float x = output[i], y = output[count + i];
    const float width = output[2 * count + i], height = output[3 * count + i];
    for (int c = 0; c < options.num_classes; ++c) {
      const float score = scores[static_cast<std::size_t>(c) * count + i];
      if (!(score > options.confidence)) continue;
      const Candidate candidate{x - width / 2,      y - height / 2, x + width / 2, y + height / 2, score, c,
                                static_cast<int>(i)};
      if (is_kept(candidate, options)) found.push_back(candidate);
    }
  }
  return found;
}

const Head kMultilabelHead = {
    /* has_levels */ false,
    /* needs_nms */ true,
    [](const ModelInfo& info, std::size_t extras, std::size_t count) {
      const std::size_t rows = kBoxValues + info.class_names.size();
      return extras == 0 && count == 1 && info.outputs[0].size[1] == static_cast<int>(rows);
    },
    [](const TensorView* outputs, const ModelInfo&, const DecodeOptions& options) {
      return decode_multilabel(outputs[0].floats(), outputs[0].shape.size[2], options);
    },
    choose_by_nms,
    [](const TensorView*, const ModelInfo&, std::size_t, std::size_t) -> Extras { return {}; }};

}  // namespace vision
