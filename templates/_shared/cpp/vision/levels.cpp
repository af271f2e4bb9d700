#include "vision/levels.h"

#include <algorithm>
#include <cmath>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kCellCentre = 0.5F;  // from the cell's corner
constexpr std::size_t kBoxValues = 4;

std::size_t tensors_per_level(std::size_t extras) { return extras > 0 ? 3 : 2; }

}  // namespace

std::vector<RawLevel> levels_of(const TensorView* outputs, const ModelInfo& info, int extras) {
  std::vector<RawLevel> levels;
  for (std::size_t i = 0; i < info.strides.size(); ++i) {
    const TensorView* box = outputs + tensors_per_level(static_cast<std::size_t>(extras)) * i;
    const TensorView* cls = box + 1;
    levels.push_back(
        {box->numbers(), cls->numbers(), cls->shape.size[2], cls->shape.size[3], static_cast<float>(info.strides[i])});
  }
  return levels;
}

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

std::pair<const RawLevel&, std::size_t> cell_of(const std::vector<RawLevel>& levels, const Candidate& candidate) {
  auto cell = static_cast<std::size_t>(candidate.index);
  auto level = levels.begin();
  while (cell >= level->cells()) cell -= level++->cells();
  return {*level, cell};
}

// predict compares scores, not logits: different logits can have the same float32 score, and the first class wins.
int best_class(const RawLevel& level, int num_classes, std::size_t cell) {
  return argmax(num_classes,
                [&](int c) { return sigmoid(level.cls[static_cast<std::size_t>(c) * level.cells() + cell]); });
}

namespace {

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

}  // namespace

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

bool are_levels(const ModelInfo& info, std::size_t extras, std::size_t count) {
  const std::size_t tensors = tensors_per_level(extras);
  const int channels[] = {4 * info.reg_max, static_cast<int>(info.class_names.size()), static_cast<int>(extras)};
  bool fits = count == tensors * info.strides.size();
  for (std::size_t i = 0; fits && i < count; ++i) {
    const Shape &shape = info.outputs[i], &box = info.outputs[i - i % tensors];
    fits = shape.size[1] == channels[i % tensors] && shape.size[2] == box.size[2] && shape.size[3] == box.size[3];
  }
  return fits;
}

Extras extras_of_cell(const TensorView* outputs, const ModelInfo& info, std::size_t extras, std::size_t index) {
  for (std::size_t i = 0;; ++i) {
    const std::size_t tensor = tensors_per_level(extras) * (i + 1) - 1;
    const auto width = static_cast<std::size_t>(info.outputs[tensor].size[3]);
    const std::size_t cells = width * static_cast<std::size_t>(info.outputs[tensor].size[2]);
    if (index < cells) {
      return {outputs[tensor].numbers().from(index), cells, static_cast<float>(index % width) + kCellCentre,
              static_cast<float>(index / width) + kCellCentre, static_cast<float>(info.strides[i])};
    }
    index -= cells;
  }
}

}  // namespace vision
