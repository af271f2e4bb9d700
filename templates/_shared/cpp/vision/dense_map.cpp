#include "vision/dense_map.h"

#include <cstddef>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {

void DenseMap::start(const float* maps, int count, int height, int width, const LetterboxPlan& plan, bool letterboxed) {
  maps_ = maps;
  height_ = height;
  width_ = width;
  const bool corners = !letterboxed;
  to_input_ = corners || width != plan.input_width || height != plan.input_height;
  input_columns_.prepare(width, plan.input_width, 0, corners);
  input_rows_.prepare(height, plan.input_height, 0, corners);
  const int inner_width = letterboxed ? plan.resized_width : plan.input_width;
  const int inner_height = letterboxed ? plan.resized_height : plan.input_height;
  to_picture_ = corners || inner_width != plan.source_width || inner_height != plan.source_height;
  columns_.prepare(inner_width, plan.source_width, letterboxed ? plan.left : 0, corners);
  rows_.prepare(inner_height, plan.source_height, letterboxed ? plan.top : 0, corners);
  lines_.resize(static_cast<std::size_t>(count));
  for (Lines& lines : lines_) lines.row[0] = lines.row[1] = -1;
}

const float* DenseMap::mixed(const float* upper, const float* lower, float weight, std::size_t count,
                             std::vector<float>& out) {
  out.resize(count);
  for (std::size_t x = 0; x < count; ++x) out[x] = (1 - weight) * upper[x] + weight * lower[x];
  return out.data();
}

// Returns row y in the input's size.
const float* DenseMap::input_row(int map, int y) {
  const auto width = static_cast<std::size_t>(width_);
  const float* rows = maps_ + static_cast<std::size_t>(map) * width * static_cast<std::size_t>(height_);
  const auto stored = [&](int number) { return rows + static_cast<std::size_t>(number) * width; };
  if (!to_input_) return stored(y);
  const auto place = static_cast<std::size_t>(y), count = input_columns_.first.size();
  upper_.resize(count);
  lower_.resize(count);
  resample_row(stored(input_rows_.first[place]), input_columns_, upper_.data());
  resample_row(stored(input_rows_.second[place]), input_columns_, lower_.data());
  return mixed(upper_.data(), lower_.data(), input_rows_.weight[place], count, input_);
}

const float* DenseMap::line(int map, int y, int other) {
  Lines& lines = lines_[static_cast<std::size_t>(map)];
  for (std::size_t i = 0; i < 2; ++i) {
    if (lines.row[i] == y) return lines.values[i].data();
  }
  const std::size_t free = lines.row[0] == other ? 1 : 0;
  lines.row[free] = y;
  lines.values[free].resize(columns_.first.size());
  resample_row(input_row(map, y), columns_, lines.values[free].data());
  return lines.values[free].data();
}

const float* DenseMap::row(int map, int y) {
  if (!to_picture_) return input_row(map, y + rows_.cut) + columns_.cut;
  const auto place = static_cast<std::size_t>(y);
  const int above = rows_.first[place], below = rows_.second[place];
  const float* upper = line(map, above, below);
  const float* lower = line(map, below, above);
  return mixed(upper, lower, rows_.weight[place], columns_.first.size(), mixed_);
}

}  // namespace vision
