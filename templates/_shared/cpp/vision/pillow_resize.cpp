#include "vision/pillow_resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr int kWeightBits = 22;
constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);
constexpr std::size_t kChannels = 3;

double bilinear(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

std::uint8_t byte_of(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

// Pillow resizes rows first if they shrink much more than columns.
bool goes_down_first(int source_width, int source_height, int width, int height) {
  return height < source_height && source_height - height > 2 * (source_width - width);
}

}  // namespace

void PillowResizer::Axis::prepare(int source, int target, int first, int count, PillowFilter filter) {
  windows.clear();
  weights.clear();
  is_equal = source == target;
  begin = source;
  end = 0;
  longest = 1;
  const double scale = static_cast<double>(source) / target, stretch = std::max(scale, 1.0);
  const double support = (filter == PillowFilter::kBilinear ? 1 : 2) * stretch;
  std::vector<double> shares;
  for (int i = first; i < first + count; ++i) {
    Window window;
    window.weights = weights.size();
    if (is_equal) {
      window.first = i;
      window.count = 1;
      weights.push_back(1 << kWeightBits);
    } else {
      const double centre = (i + 0.5) * scale;
      window.first = std::max(static_cast<int>(centre - support + 0.5), 0);
      window.count = std::min(static_cast<int>(centre + support + 0.5), source) - window.first;
      shares.clear();
      for (int x = window.first; x < window.first + window.count; ++x) {
        const double place = (x - centre + 0.5) * (1 / stretch);
        shares.push_back(filter == PillowFilter::kBilinear ? bilinear(place) : bicubic(place));
      }
      const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
      for (const double share : shares) {
        const double weight = sum != 0 ? share / sum : share;
        weights.push_back(static_cast<std::int32_t>(weight * (1 << kWeightBits) + (weight < 0 ? -0.5 : 0.5)));
      }
    }
    begin = std::min(begin, window.first);
    end = std::max(end, window.first + window.count);
    longest = std::max(longest, window.count);
    windows.push_back(window);
  }
}

void PillowResizer::prepare(int source_width, int source_height, const PillowResize& resize) {
  resize_ = resize;
  down_first_ = goes_down_first(source_width, source_height, resize.width, resize.height);
  columns_.prepare(source_width, resize.width, resize.left, resize.columns, resize.filter);
  rows_.prepare(source_height, resize.height, resize.top, resize.rows, resize.filter);

  line_.resize(static_cast<std::size_t>(columns_.end - columns_.begin) * kChannels);
  line_bytes_ = down_first_ ? line_.size() : static_cast<std::size_t>(resize.columns) * kChannels;
  ring_.resize(static_cast<std::size_t>(rows_.longest) * line_bytes_);
  sums_.resize(line_bytes_);
  combined_.resize(line_bytes_);
}

// Reads RGB of the needed columns.
void PillowResizer::read_row(int y, std::uint8_t* out) const {
  const std::uint8_t* pixel = image_.row(y) + columns_.begin * image_.step_x;
  for (int x = columns_.begin; x < columns_.end; ++x, pixel += image_.step_x) {
    for (const std::ptrdiff_t channel : image_.channel) *out++ = pixel[channel];
  }
}

void PillowResizer::resize_along(const std::uint8_t* row, std::uint8_t* out) const {
  for (const Window& window : columns_.windows) {
    const std::uint8_t* pixel = row + static_cast<std::size_t>(window.first - columns_.begin) * kChannels;
    const std::int32_t* weight = columns_.weights.data() + window.weights;
    std::int32_t red = kHalf, green = kHalf, blue = kHalf;
    for (int k = 0; k < window.count; ++k, pixel += kChannels) {
      red += pixel[0] * weight[k];
      green += pixel[1] * weight[k];
      blue += pixel[2] * weight[k];
    }
    *out++ = byte_of(red);
    *out++ = byte_of(green);
    *out++ = byte_of(blue);
  }
}

// Returns a source row, ready for the pass along columns.
void PillowResizer::source_row(int y, std::uint8_t* out) {
  if (down_first_) return read_row(y, out);
  read_row(y, line_.data());
  resize_along(line_.data(), out);
}

const std::uint8_t* PillowResizer::combined(const Window& window, std::size_t row_bytes) {
  const auto in_ring = [&](int y) { return ring_.data() + static_cast<std::size_t>(y % rows_.longest) * row_bytes; };
  next_row_ = std::max(next_row_, window.first);
  for (; next_row_ < window.first + window.count; ++next_row_) source_row(next_row_, in_ring(next_row_));
  if (rows_.is_equal) return in_ring(window.first);
  std::int32_t* __restrict sums = sums_.data();
  std::fill_n(sums, row_bytes, kHalf);
  for (int k = 0; k < window.count; ++k) {
    const std::int32_t weight = rows_.weights[window.weights + static_cast<std::size_t>(k)];
    const std::uint8_t* __restrict row = in_ring(window.first + k);
    for (std::size_t i = 0; i < row_bytes; ++i) sums[i] += row[i] * weight;
  }
  for (std::size_t i = 0; i < row_bytes; ++i) combined_[i] = byte_of(sums[i]);
  return combined_.data();
}

void PillowResizer::run(const ImageView& image, std::uint8_t* out) {
  image_ = image;
  next_row_ = 0;
  const std::size_t out_bytes = static_cast<std::size_t>(resize_.columns) * kChannels;
  for (const Window& window : rows_.windows) {
    const std::uint8_t* row = combined(window, line_bytes_);
    if (down_first_) {
      resize_along(row, out);
    } else {
      std::memcpy(out, row, out_bytes);
    }
    out += out_bytes;
  }
}

}  // namespace vision
