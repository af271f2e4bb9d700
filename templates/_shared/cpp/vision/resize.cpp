#include "resize.h"

#include <algorithm>
#include <cmath>

#include "numbers.h"

namespace vision {
namespace {

// Fixed point, as in OpenCV: weights have 11 bits; 4, 16 and 2 bits are dropped from a product of two of them.
constexpr int kWeightOne = 2048;
constexpr int kDropAfterColumns = 4;
constexpr int kDropAfterRows = 16;
constexpr int kDropAtEnd = 2;
constexpr int kHalfAtEnd = 1 << (kDropAtEnd - 1);
constexpr int kNoRow = -1;

std::uint16_t fixed_point(float weight) { return static_cast<std::uint16_t>(round_half_even(weight * kWeightOne)); }

// Resizes `count` pixels of two lines along y.
void mix_rows(const std::uint16_t* __restrict upper, const std::uint16_t* __restrict lower, std::uint16_t upper_weight,
              std::uint16_t lower_weight, std::size_t count, std::uint8_t* __restrict row) {
  for (std::size_t i = 0; i < count; ++i) {
    // 16-bit operands: compilers turn this into the high half of a 16-bit product
    const auto above = static_cast<std::uint16_t>((std::uint32_t{upper[i]} * upper_weight) >> kDropAfterRows);
    const auto below = static_cast<std::uint16_t>((std::uint32_t{lower[i]} * lower_weight) >> kDropAfterRows);
    const auto sum = static_cast<std::uint16_t>(above + below + kHalfAtEnd);
    row[i] = static_cast<std::uint8_t>(sum >> kDropAtEnd);
  }
}

}  // namespace

// Makes the taps of `target` positions between `source` ones. At the border, both are the same pixel.
void Resizer::make_taps(int source, int target, std::vector<Tap>& taps) {
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

void Resizer::start(const ImageView& image, int width, int height) {
  check(image);
  make_taps(upright_height(image), height, rows_);
  make_taps(upright_width(image), width, columns_);
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
  for (auto& line : lines_) line.resize(3 * columns_.size());
  line_row_ = {kNoRow, kNoRow};
}

void Resizer::write_row(int y, const std::array<std::uint8_t*, 3>& channels) {
  const Tap& tap = rows_[static_cast<std::size_t>(y)];
  const std::size_t width = columns_.size();
  if (is_same_size_) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint8_t* __restrict in = pixels_.row(y) + pixels_.channel[c];
      std::uint8_t* __restrict out = channels[c];
      const std::ptrdiff_t step = pixels_.step_x;
      for (std::size_t x = 0; x < width; ++x) out[x] = in[static_cast<std::ptrdiff_t>(x) * step];
    }
    return;
  }
  const std::uint16_t* upper = line(static_cast<int>(tap.first));
  const std::uint16_t* lower = line(static_cast<int>(tap.second));
  for (std::size_t c = 0; c < 3; ++c) {
    mix_rows(upper + c * width, lower + c * width, tap.first_weight, tap.second_weight, width, channels[c]);
  }
}

// Returns row y of the picture, resized along x. The next target row often needs it too, so it is kept.
const std::uint16_t* Resizer::line(int y) {
  const std::size_t slot = static_cast<std::size_t>(y % 2);  // a tap's rows are neighbours: one is even, one odd
  if (line_row_[slot] == y) return lines_[slot].data();
  line_row_[slot] = y;
  const std::uint8_t* row = pixels_.row(y);
  const auto [red, green, blue] = pixels_.channel;
  const std::size_t width = columns_.size();
  std::uint16_t* __restrict reds = lines_[slot].data();
  std::uint16_t* __restrict greens = reds + width;
  std::uint16_t* __restrict blues = greens + width;
  for (std::size_t x = 0; x < width; ++x) {  // all channels in one pass, because their bytes are neighbours
    const Tap tap = columns_[x];
    const auto mix = [&](std::ptrdiff_t channel) {
      const int sum = row[tap.first + channel] * tap.first_weight + row[tap.second + channel] * tap.second_weight;
      return static_cast<std::uint16_t>(sum >> kDropAfterColumns);
    };
    reds[x] = mix(red);
    greens[x] = mix(green);
    blues[x] = mix(blue);
  }
  return lines_[slot].data();
}

}  // namespace vision
