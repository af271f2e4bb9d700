#include "resize.h"

#include <algorithm>
#include <cmath>

#include "mix_columns.h"
#include "rounding.h"

namespace vision {
namespace {

constexpr int kHalfAtEnd = 1 << (kDropAtEnd - 1);
constexpr int kNoRow = -1;

std::uint16_t fixed_point(float weight) { return static_cast<std::uint16_t>(round_half_even(weight * kWeightOne)); }

// Makes the taps of `target` positions between `source` ones. At the border, both are the same pixel.
void make_taps(int source, int target, std::vector<Tap>& taps) {
  const double scale = 1.0 / (static_cast<double>(target) / source);  // not source / target: the last bit matters
  taps.resize(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const auto position = static_cast<float>(rounded((i + 0.5) * scale) - 0.5);
    const float lower = std::floor(position), share = position - lower;
    Tap& tap = taps[static_cast<std::size_t>(i)];
    tap.first = std::clamp(static_cast<int>(lower), 0, source - 1);
    tap.second = std::clamp(static_cast<int>(lower) + 1, 0, source - 1);
    tap.first_weight = fixed_point(1 - share);
    tap.second_weight = fixed_point(share);
    if (tap.second_weight == 0) tap.second = tap.first;  // is not read
    if (tap.first_weight == 0) tap.first = tap.second;
  }
}

// Resizes one channel of a row along x.
void mix_columns(const std::uint8_t* __restrict row, const std::vector<Tap>& taps, std::uint16_t* __restrict line) {
  for (std::size_t x = 0; x < taps.size(); ++x) {
    const Tap& tap = taps[x];
    const int sum = row[tap.first] * tap.first_weight + row[tap.second] * tap.second_weight;
    line[x] = static_cast<std::uint16_t>(sum >> kDropAfterColumns);
  }
}

// Copies one channel of a row. `step`: from pixel to pixel, in bytes.
void copy_columns(const std::uint8_t* __restrict row, std::ptrdiff_t step, std::ptrdiff_t count,
                  std::uint8_t* __restrict out) {
  for (std::ptrdiff_t x = 0; x < count; ++x) out[x] = row[x * step];
}

// Resizes two lines along y, for i < count.
void mix_rows(const std::uint16_t* __restrict upper, const std::uint16_t* __restrict lower, const Tap& tap,
              std::size_t count, std::uint8_t* __restrict row) {
  const std::uint16_t upper_weight = tap.first_weight, lower_weight = tap.second_weight;
  for (std::size_t i = 0; i < count; ++i) {
    // 16-bit operands: compilers turn this into the high half of a 16-bit product
    const auto above = static_cast<std::uint16_t>((std::uint32_t{upper[i]} * upper_weight) >> kDropAfterRows);
    const auto below = static_cast<std::uint16_t>((std::uint32_t{lower[i]} * lower_weight) >> kDropAfterRows);
    const auto sum = static_cast<std::uint16_t>(above + below + kHalfAtEnd);
    row[i] = static_cast<std::uint8_t>(sum >> kDropAtEnd);
  }
}

}  // namespace

void Resizer::start(const ImageView& image, int width, int height) {
  check(image);
  make_taps(upright_height(image), height, rows_);
  make_taps(upright_width(image), width, columns_);
  width_ = width;
  is_same_size_ = width == upright_width(image) && height == upright_height(image);
  rows_read_.clear();
  for (const Tap& tap : rows_) {
    rows_read_.push_back(static_cast<int>(tap.first));
    rows_read_.push_back(static_cast<int>(tap.second));
  }
  pixels_ = reader_.read(image, rows_read_);
  for (Tap& tap : columns_) {
    tap.first *= pixels_.step_x;
    tap.second *= pixels_.step_x;
  }
  columns_.resize((columns_.size() + kQuad - 1) / kQuad * kQuad, columns_.back());
  for (auto& line : lines_) line.resize(3 * columns_.size());
  row_.resize(3 * columns_.size());
  line_row_ = {kNoRow, kNoRow};
}

std::array<const std::uint8_t*, 3> Resizer::row(int y) {
  const Tap& tap = rows_[static_cast<std::size_t>(y)];
  const std::array<std::uint8_t*, 3> channels = {row_.data(), row_.data() + columns_.size(),
                                                 row_.data() + 2 * columns_.size()};
  if (is_same_size_) {
    for (std::size_t c = 0; c < 3; ++c) {
      copy_columns(pixels_.row(y) + pixels_.channel[c], pixels_.step_x, width_, channels[c]);
    }
  } else {
    const std::uint16_t* upper = line(static_cast<int>(tap.first));
    const std::uint16_t* lower = line(static_cast<int>(tap.second));
    mix_rows(upper, lower, tap, row_.size(), row_.data());
  }
  return {channels[0], channels[1], channels[2]};
}

// Returns row y of the picture, resized along x. It stays for the next target row, which often needs it, too.
const std::uint16_t* Resizer::line(int y) {
  const std::size_t slot = static_cast<std::size_t>(y % 2);  // a tap's rows are neighbours: one is even, one odd
  std::uint16_t* line = lines_[slot].data();
  if (line_row_[slot] == y) return line;
  line_row_[slot] = y;
  const std::uint8_t* row = pixels_.row(y);
  const std::size_t size = columns_.size();
  // Reads 4 bytes of every pixel. Of a picture of 3 bytes, the last one is in the first or last row.
  const bool has_four = pixels_.bytes_per_pixel == 4 || (y > 0 && y < pixels_.height - 1);
  if (kMixesPixels && pixels_.bytes_per_pixel >= 3 && has_four) {
    const auto plane = [&](std::size_t byte) { return line + size * (pixels_.channel[0] == 0 ? byte : 2 - byte); };
    mix_pixels(row, columns_, {plane(0), plane(1), plane(2)});
  } else {
    for (std::size_t c = 0; c < 3; ++c) mix_columns(row + pixels_.channel[c], columns_, line + c * size);
  }
  return line;
}

}  // namespace vision
