#include "decode.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kCellCentre = 0.5F;  // from the cell's corner
constexpr float kCrowded = 8;        // from this logit on, different logits can have the same float32 score
constexpr int kLeastTopK = 300;      // Ultralytics' max_det
constexpr std::size_t kBoxValues = 4;
constexpr std::size_t kDetectionValues = 6;

// Returns the distance in strides of one side at a cell: the expectation of the softmax over its bins.
// bins: (reg_max, cells); with reg_max 1 it is the distance itself.
float expected_distance(const Numbers& bins, int reg_max, std::size_t cells, std::size_t cell) {
  if (reg_max == 1) return bins[cell];
  const auto count = static_cast<std::size_t>(reg_max);
  float highest = kLowest;
  for (std::size_t bin = 0; bin < count; ++bin) highest = std::max(highest, bins[bin * cells + cell]);
  float sum = 0, weighted = 0;
  for (std::size_t bin = 0; bin < count; ++bin) {
    const float weight = std::exp(bins[bin * cells + cell] - highest);
    sum += weight;
    weighted += weight * static_cast<float>(bin);
  }
  return weighted / sum;
}

// Returns the best class of a cell, the first of equals. logits: (num_classes, cells).
// From kCrowded on, scores are compared as float32, as predict does: above 17, all of them are 1.
int best_class(const Numbers& logits, int num_classes, std::size_t cells, std::size_t cell) {
  const auto logit = [&](int c) { return logits[static_cast<std::size_t>(c) * cells + cell]; };
  const int best = first_best(num_classes, logit);
  if (logit(best) < kCrowded) return best;
  return first_best(num_classes, [&](int c) { return sigmoid(logit(c)); });
}

// Sets the box of a candidate, which is at this cell.
void set_box(Candidate& candidate, const RawLevel& level, std::size_t cell, const DecodeOptions& options) {
  float distance[kBoxValues];
  for (std::size_t side = 0; side < kBoxValues; ++side) {
    const Numbers bins = level.box.from(side * static_cast<std::size_t>(options.reg_max) * level.cells());
    distance[side] = expected_distance(bins, options.reg_max, level.cells(), cell);
  }
  const auto [left, top, right, bottom] = distance;
  const auto width = static_cast<std::size_t>(level.width);
  const float x = static_cast<float>(cell % width) + kCellCentre;
  const float y = static_cast<float>(cell / width) + kCellCentre;
  candidate.x1 = options.as_given ? left : (x - left) * level.stride;
  candidate.y1 = options.as_given ? top : (y - top) * level.stride;
  candidate.x2 = options.as_given ? right : (x + right) * level.stride;
  candidate.y2 = options.as_given ? bottom : (y + bottom) * level.stride;
}

// Returns the level of a candidate, and its cell there.
std::pair<const RawLevel&, std::size_t> cell_of(const std::vector<RawLevel>& levels, const Candidate& candidate) {
  auto cell = static_cast<std::size_t>(candidate.index);
  auto level = levels.begin();
  while (cell >= level->cells()) cell -= level++->cells();
  return {*level, cell};
}

// Returns the cells whose best score is above the confidence, each with this score and its index.
std::vector<Candidate> cells_above_confidence(const std::vector<RawLevel>& levels, const DecodeOptions& options) {
  std::vector<Candidate> cells;
  std::size_t first_index = 0;  // of the level
  for (const RawLevel& level : levels) {
    const std::vector<float> logits = best_scores(level.cls, options.num_classes, level.cells());
    for (std::size_t cell = 0; cell < level.cells(); ++cell) {
      Candidate candidate;
      candidate.score = sigmoid(logits[cell]);
      candidate.index = static_cast<int>(first_index + cell);
      if (candidate.score > options.confidence) cells.push_back(candidate);
    }
    first_index += level.cells();
  }
  return cells;
}

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

float sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

// The loop over candidates is the inner one, because neighbouring candidates are neighbours in memory.
std::vector<float> best_scores(const Numbers& scores, int num_classes, std::size_t count) {
  std::vector<float> best(count, kLowest);
  for (std::size_t c = 0; c < static_cast<std::size_t>(num_classes); ++c) {
    const Numbers row = scores.from(c * count);
    for (std::size_t i = 0; i < count; ++i) best[i] = std::max(best[i], row[i]);  // in this order, max ignores NaN
  }
  return best;
}

bool is_kept(const Candidate& candidate, const DecodeOptions& options) {
  return (options.keep_class == nullptr || options.keep_class[candidate.class_id] != 0) &&
         std::isfinite(candidate.x1) && std::isfinite(candidate.y1) && std::isfinite(candidate.x2) &&
         std::isfinite(candidate.y2);
}

std::vector<Candidate> decode_raw(const std::vector<RawLevel>& levels, const DecodeOptions& options) {
  std::vector<Candidate> found;
  for (Candidate& candidate : cells_above_confidence(levels, options)) {
    const auto [level, cell] = cell_of(levels, candidate);
    candidate.class_id = best_class(level.cls, options.num_classes, level.cells(), cell);
    set_box(candidate, level, cell, options);
    if (is_kept(candidate, options)) found.push_back(candidate);
  }
  return found;
}

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
      candidate.class_id = best_class(level.cls, options.num_classes, level.cells(), cell);
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

std::vector<Candidate> decode_detections(const float* output, int n, const DecodeOptions& options) {
  std::vector<Candidate> found;
  const std::size_t values = kDetectionValues + static_cast<std::size_t>(options.extras);
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

std::vector<std::size_t> first(const std::vector<Candidate>& candidates, int max_det) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const float one = candidates[a].score, other = candidates[b].score;
    return one > other || (std::isnan(other) && !std::isnan(one));  // NaN comes last
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(max_det, 0))));
  return order;
}

}  // namespace vision
