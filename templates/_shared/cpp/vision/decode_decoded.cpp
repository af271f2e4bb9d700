// The contract `decoded`: one column for each candidate.
#include <cstddef>
#include <vector>

#include "decode.h"

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {

constexpr std::size_t kBoxValues = 4;

std::vector<Candidate> decode_decoded(const float* output, int n, const DecodeOptions& options) {
  std::vector<Candidate> found;
  const auto count = static_cast<std::size_t>(n);
  const float* scores = output + kBoxValues * count;
  const std::vector<float> best = best_scores(scores, options.num_classes, count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!(best[i] > options.confidence)) continue;
    const float x = output[i], y = output[count + i];
    const float width = output[2 * count + i], height = output[3 * count + i];
    Candidate candidate{x - width / 2, y - height / 2, x + width / 2, y + height / 2};
    if (options.as_given) candidate = {x, y, width, height};
    candidate.score = best[i];
    candidate.class_id =
        first_best(options.num_classes, [&](int c) { return scores[static_cast<std::size_t>(c) * count + i]; });
    candidate.index = static_cast<int>(i);
    if (is_kept(candidate, options)) found.push_back(candidate);
  }
  return found;
}

}  // namespace vision
