// The contract `end2end`: boxes and class logits of each level, with one box for an object. No NMS.
#include <algorithm>
#include <cstddef>

#include "vision/levels.h"

namespace vision {
namespace {

constexpr int kLeastTopK = 300;  // Ultralytics' max_det

// Keeps the k candidates with the best scores, by rising index and class; of equal scores the first.
void keep_best(std::vector<Candidate>& candidates, std::size_t k) {
  const auto comes_first = [](const Candidate& a, const Candidate& b) {
    return a.index != b.index ? a.index < b.index : a.class_id < b.class_id;
  };
  if (candidates.size() <= k) return;
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(k);
  std::nth_element(candidates.begin(), end, candidates.end(), [&](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : comes_first(a, b);
  });
  candidates.erase(end, candidates.end());
  std::sort(candidates.begin(), candidates.end(), comes_first);
}

}  // namespace

std::vector<Candidate> top_k(const std::vector<RawLevel>& levels, const DecodeOptions& options) {
  std::size_t k = 0;  // the number of cells, at most
  for (const RawLevel& level : levels) k += level.cells();
  k = std::min(k, static_cast<std::size_t>(std::max(options.max_det, kLeastTopK)));
  std::vector<Candidate> cells = cells_above_confidence(levels, options);
  keep_best(cells, k);  // no other cell can give one of the k best pairs

  std::vector<Candidate> pairs;  // of a cell and a class
  for (Candidate candidate : cells) {
    const auto [level, cell] = cell_of(levels, candidate);
    if (options.agnostic) {
      candidate.class_id = best_class(level, options.num_classes, cell);
      pairs.push_back(candidate);
      continue;
    }
    for (candidate.class_id = 0; candidate.class_id < options.num_classes; ++candidate.class_id) {
      candidate.score = sigmoid(level.cls[static_cast<std::size_t>(candidate.class_id) * level.cells() + cell]);
      if (candidate.score > options.confidence) pairs.push_back(candidate);
    }
  }
  keep_best(pairs, k);

  std::vector<Candidate> found;
  for (Candidate& candidate : pairs) {
    const auto [level, cell] = cell_of(levels, candidate);
    set_box(candidate, level, cell, options);
    if (is_kept(candidate, options)) found.push_back(candidate);
  }
  return found;
}

const Head kEnd2endHead = {/* has_levels */ true,
                           /* needs_nms */ false,
                           are_levels,
                           [](const TensorView* outputs, const ModelInfo& info, const DecodeOptions& options) {
                             return top_k(levels_of(outputs, info, options.extras), options);
                           },
                           [](const std::vector<Candidate>& candidates, const Thresholds& thresholds) {
                             return most_confident(candidates, thresholds.max_detections);
                           },
                           extras_of_cell};

}  // namespace vision
