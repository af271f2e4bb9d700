#include "resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "rounding.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace vision {
namespace {

// OpenCV's fixed point: weights have 11 bits; 4 + 16 + 2 bits are dropped from a product of two of them.
constexpr std::uint16_t kWeightOne = 2048;
constexpr int kDropAfterColumns = 4;
constexpr int kDropAfterRows = 16;
constexpr int kDropAtEnd = 2;
constexpr int kHalfAtEnd = 1 << (kDropAtEnd - 1);

// Pixels of a row that are resized together.
constexpr std::size_t kQuad = 4;

constexpr int kNoRow = -1;

std::size_t whole_quads(std::size_t count) { return (count + kQuad - 1) / kQuad * kQuad; }

std::vector<int> all_up_to(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// sum[i] = above[i] + below[i] for i < count
void add_rows(const std::uint8_t* __restrict above, const std::uint8_t* __restrict below, std::size_t count,
              std::uint16_t* __restrict sum) {
  for (std::size_t i = 0; i < count; ++i) sum[i] = static_cast<std::uint16_t>(above[i] + below[i]);
}

// quarter[i] = (here[i] + next[i]) / 4, rounded, for i < count
void quarter_sums(const std::uint16_t* __restrict here, const std::uint16_t* __restrict next, std::size_t count,
                  std::uint8_t* __restrict quarter) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto sum = static_cast<std::uint16_t>(here[i] + next[i] + 2);
    quarter[i] = static_cast<std::uint8_t>(sum >> 2);
  }
}

// value[i] = the shares of the upper and of the lower line, for i < count
void blend_lines(const std::uint16_t* __restrict upper, const std::uint16_t* __restrict lower,
                 std::uint16_t upper_weight, std::uint16_t lower_weight, std::size_t count,
                 std::uint8_t* __restrict value) {
  for (std::size_t i = 0; i < count; ++i) {
    // 16-bit operands on purpose: compilers turn this into the high half of a 16-bit product.
    const auto above = static_cast<std::uint16_t>((std::uint32_t{upper[i]} * upper_weight) >> kDropAfterRows);
    const auto below = static_cast<std::uint16_t>((std::uint32_t{lower[i]} * lower_weight) >> kDropAfterRows);
    const auto sum = static_cast<std::uint16_t>(above + below + kHalfAtEnd);
    value[i] = static_cast<std::uint8_t>(sum >> kDropAtEnd);
  }
}

// A position on the picture's axis and its two neighbours' weights. The neighbours may lie outside; clamping them is
// the caller's part.
struct Position {
  int lower;
  float upper_share;  // 0 to below 1
};

Position position_of(int target, double scale) {
  const double product = rounded((target + 0.5) * scale);
  const auto position = static_cast<float>(product - 0.5);
  const float lower = std::floor(position);
  return {static_cast<int>(lower), position - lower};
}

std::uint16_t fixed_point(float weight) { return static_cast<std::uint16_t>(round_half_even(weight * kWeightOne)); }

// Source pixels per target pixel. Not source / target: the last bit matters.
double scale_of(int source, int target) { return 1.0 / (static_cast<double>(target) / source); }

// One channel of one output pixel, resized along x.
inline std::uint16_t between(int first, int second, int first_weight, int second_weight) {
  return static_cast<std::uint16_t>((first * first_weight + second * second_weight) >> kDropAfterColumns);
}

// Resizes one row along x, from three channels whose pixels are kStep bytes apart to three planes.
template <std::ptrdiff_t kStep, typename Tap>
void resize_channels(const std::array<const std::uint8_t*, 3>& channel, const std::vector<Tap>& columns,
                     const std::array<std::uint16_t*, 3>& planes) {
  const std::uint8_t* __restrict in0 = channel[0], * __restrict in1 = channel[1], * __restrict in2 = channel[2];
  std::uint16_t* __restrict out0 = planes[0], * __restrict out1 = planes[1], * __restrict out2 = planes[2];
  const Tap* __restrict taps = columns.data();
  const std::size_t count = columns.size();
  for (std::size_t x = 0; x < count; ++x) {
    const std::ptrdiff_t at = taps[x].first;
    const int a = taps[x].weights.first, b = taps[x].weights.second;
    out0[x] = between(in0[at], in0[at + kStep], a, b);
    out1[x] = between(in1[at], in1[at + kStep], a, b);
    out2[x] = between(in2[at], in2[at + kStep], a, b);
  }
}

// The same for gray: one plane serves all three channels.
template <typename Tap>
void resize_gray(const std::uint8_t* __restrict in, const std::vector<Tap>& columns, std::uint16_t* __restrict plane) {
  const Tap* __restrict taps = columns.data();
  const std::size_t count = columns.size();
  for (std::size_t x = 0; x < count; ++x) {
    const std::ptrdiff_t at = taps[x].first;
    plane[x] = between(in[at], in[at + 1], taps[x].weights.first, taps[x].weights.second);
  }
}

#if defined(__SSE2__)

// The first channels of one output pixel, resized along x, in 32 bits each.
using Channels = __m128i;

template <int kStep, typename Weights>
Channels between_pixels(const std::uint8_t* pixels, const Weights& weights) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixels));
  const __m128i channels = _mm_unpacklo_epi8(bytes, _mm_srli_si128(bytes, kStep));  // with their neighbours
  std::int32_t both;
  std::memcpy(&both, &weights, sizeof both);
  const __m128i sums = _mm_madd_epi16(_mm_unpacklo_epi8(channels, _mm_setzero_si128()), _mm_set1_epi32(both));
  return _mm_srli_epi32(sums, kDropAfterColumns);
}

// Four pixels of each of three channels.
void store_quad(const Channels (&pixels)[kQuad], std::size_t x, const std::array<std::uint16_t*, 3>& planes) {
  const __m128i upper = _mm_packs_epi32(pixels[0], pixels[1]), lower = _mm_packs_epi32(pixels[2], pixels[3]);
  const __m128i even = _mm_unpacklo_epi16(upper, lower), odd = _mm_unpackhi_epi16(upper, lower);
  const __m128i first = _mm_unpacklo_epi16(even, odd), last = _mm_unpackhi_epi16(even, odd);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(planes[0] + x), first);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(planes[1] + x), _mm_unpackhi_epi64(first, first));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(planes[2] + x), last);
}

#elif defined(__ARM_NEON)

// The first channels of one output pixel, resized along x.
using Channels = uint16x4_t;

template <int kStep, typename Weights>
Channels between_pixels(const std::uint8_t* pixels, const Weights& weights) {
  const uint8x8_t bytes = vld1_u8(pixels);
  const uint16x4_t first = vget_low_u16(vmovl_u8(bytes)), second = vget_low_u16(vmovl_u8(vext_u8(bytes, bytes, kStep)));
  return vshrn_n_u32(vmlal_n_u16(vmull_n_u16(first, weights.first), second, weights.second), kDropAfterColumns);
}

// Four pixels of each of three channels.
void store_quad(const Channels (&pixels)[kQuad], std::size_t x, const std::array<std::uint16_t*, 3>& planes) {
  const uint16x4x2_t upper = vtrn_u16(pixels[0], pixels[1]), lower = vtrn_u16(pixels[2], pixels[3]);
  const uint32x2x2_t even = vtrn_u32(vreinterpret_u32_u16(upper.val[0]), vreinterpret_u32_u16(lower.val[0]));
  const uint32x2x2_t odd = vtrn_u32(vreinterpret_u32_u16(upper.val[1]), vreinterpret_u32_u16(lower.val[1]));
  vst1_u16(planes[0] + x, vreinterpret_u16_u32(even.val[0]));
  vst1_u16(planes[1] + x, vreinterpret_u16_u32(odd.val[0]));
  vst1_u16(planes[2] + x, vreinterpret_u16_u32(even.val[1]));
}

#endif

// Resizes a row of pixels of kStep bytes along x, from their first three channels to three planes.
template <std::ptrdiff_t kStep, typename Tap>
void resize_pixels(const std::uint8_t* row, [[maybe_unused]] std::size_t row_bytes, const std::vector<Tap>& columns,
                   const std::array<std::uint16_t*, 3>& planes) {
#if defined(__SSE2__) || defined(__ARM_NEON)
  constexpr std::size_t kLoaded = 8;  // bytes, of which 2 * kStep matter
  const std::uint8_t* const end = row + row_bytes;
  const Tap* const taps = columns.data();
  const std::size_t count = columns.size();
  for (std::size_t x = 0; x < count; x += kQuad) {
    Channels pixels[kQuad];
    for (std::size_t k = 0; k < kQuad; ++k) {
      const std::uint8_t* at = row + taps[x + k].first;
      std::uint8_t last[kLoaded];
      if (kStep < 4 && static_cast<std::size_t>(end - at) < kLoaded) {  // what is behind the row may not be read
        std::memcpy(last, at, 2 * kStep);
        at = last;
      }
      pixels[k] = between_pixels<kStep>(at, taps[x + k].weights);
    }
    store_quad(pixels, x, planes);
  }
#else
  resize_channels<kStep>({row, row + 1, row + 2}, columns, planes);
#endif
}

}  // namespace

void Resizer::prepare(const ImageView& image, int width, int height) {
  const int source_width = upright_width(image);
  width_ = width;
  source_height_ = upright_height(image);
  mirrored_ = is_mirrored(image.orientation);
  gray_ = channels_of(image.format) == 1;
  source_ = make_rows(image.format);
  if (source_width == width && source_height_ == height) {
    method_ = Method::kCopy;
  } else if (source_width == width * 2 && source_height_ == height * 2) {
    method_ = Method::kHalve;
  } else {
    method_ = Method::kInterpolate;
    plan_taps(image, height);
    return;
  }
  source_->prepare(image, all_up_to(source_height_), all_up_to(source_width));
  if (method_ == Method::kHalve) {
    // The last pixel's sum is read together with the one after it.
    sums_.resize(source_->row_bytes() + static_cast<std::size_t>(source_->step()));
    row_.resize(source_->row_bytes());
  }
}

void Resizer::plan_taps(const ImageView& image, int height) {
  const int last_column = upright_width(image) - 1, last_row = source_height_ - 1;
  columns_.resize(static_cast<std::size_t>(width_));
  rows_.resize(static_cast<std::size_t>(height));

  const double scale_x = scale_of(last_column + 1, width_);
  for (std::size_t x = 0; x < columns_.size(); ++x) {
    const Position at = position_of(static_cast<int>(x), scale_x);
    Tap& tap = columns_[x];
    if (at.lower < 0 || last_column == 0) {
      tap = {0, {kWeightOne, 0}};
    } else if (at.lower >= last_column) {  // reads the last pixel as its left neighbour's
      tap = {last_column - 1, {0, kWeightOne}};
    } else {
      tap = {at.lower, {fixed_point(1 - at.upper_share), fixed_point(at.upper_share)}};
    }
    if (mirrored_ && last_column > 0) {
      tap = {last_column - 1 - tap.first, {tap.weights.second, tap.weights.first}};
    }
  }

  // Rows keep their weights at the border, where both are the same row: with truncated products two shares of a row are
  // not always the row itself, and OpenCV does it this way.
  const double scale_y = scale_of(source_height_, height);
  for (std::size_t y = 0; y < rows_.size(); ++y) {
    const Position at = position_of(static_cast<int>(y), scale_y);
    rows_[y] = {at.lower, {fixed_point(1 - at.upper_share), fixed_point(at.upper_share)}};
  }

  source_->prepare(image, read_by(rows_, last_row), read_by(columns_, last_column));
  for (Tap& tap : columns_) {
    tap.first = static_cast<std::int32_t>(source_->place_of(tap.first) * source_->step());
  }
  columns_.resize(whole_quads(columns_.size()), columns_.back());
  line_size_ = columns_.size();
  const std::size_t planes = gray_ ? 1 : 3;
  for (auto& line : lines_) line.resize(planes * line_size_);
  row_.resize(planes * line_size_);
}

// Both neighbours of every tap, by rising number.
std::vector<int> Resizer::read_by(const std::vector<Tap>& taps, int last) {
  std::vector<int> numbers;
  for (const Tap& tap : taps) {
    numbers.push_back(std::clamp(tap.first, 0, last));
    numbers.push_back(std::clamp(tap.first + 1, 0, last));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

void Resizer::begin(const ImageView& image) {
  source_->begin(image);
  line_row_ = {kNoRow, kNoRow};  // the lines hold rows of another frame
}

ResizedRow Resizer::row(int y) {
  switch (method_) {
    case Method::kHalve:
      return halved_row(y);
    case Method::kInterpolate:
      return interpolated_row(y);
    case Method::kCopy:
      break;
  }
  return in_order(source_->row(y), source_->step());
}

// At half the size all four weights are equal and no product loses a bit, so this is what interpolation gives.
ResizedRow Resizer::halved_row(int y) {
  const std::uint8_t* upper = source_->row(2 * y);
  const std::uint8_t* lower = source_->row(2 * y + 1);
  add_rows(upper, lower, source_->row_bytes(), sums_.data());
  quarter_sums(sums_.data(), sums_.data() + source_->step(), source_->row_bytes(), row_.data());
  return in_order(row_.data(), 2 * source_->step());
}

ResizedRow Resizer::interpolated_row(int y) {
  const Tap& tap = rows_[static_cast<std::size_t>(y)];
  const auto inside = [this](int source_y) { return std::clamp(source_y, 0, source_height_ - 1); };
  const int above = inside(tap.first), below = inside(tap.first + 1);
  // A line of weight zero adds nothing: spare the work of making it.
  const std::uint16_t* upper = line(tap.weights.first != 0 ? above : below);
  const std::uint16_t* lower = line(tap.weights.second != 0 ? below : above);
  blend_lines(upper, lower, tap.weights.first, tap.weights.second, row_.size(), row_.data());
  return {{row_.data() + plane_of(0), row_.data() + plane_of(1), row_.data() + plane_of(2)}, 1};
}

// Row source_y of the picture, resized along x. Rows are read from top to bottom, two neighbours at a time, so that
// even and odd rows each have their own buffer.
const std::uint16_t* Resizer::line(int source_y) {
  const std::size_t slot = static_cast<std::size_t>(source_y % 2);
  std::uint16_t* line = lines_[slot].data();
  if (line_row_[slot] == source_y) return line;
  line_row_[slot] = source_y;
  const std::uint8_t* row = source_->row(source_y);
  const std::array<std::uint16_t*, 3> planes = {line, line + line_size_, line + 2 * line_size_};
  if (gray_) {
    resize_gray(row, columns_, line);
  } else if (source_->step() == 1) {
    resize_channels<1>({row + source_->offset(0), row + source_->offset(1), row + source_->offset(2)}, columns_,
                       planes);
  } else {
    const auto resize = source_->step() == 3 ? resize_pixels<3, Tap> : resize_pixels<4, Tap>;
    resize(row, source_->row_bytes(), columns_, planes);
  }
  return line;
}

// Where a line or an interpolated row has channel c: planes stand in the order of the picture's bytes.
std::size_t Resizer::plane_of(int c) const {
  if (gray_) return 0;
  return static_cast<std::size_t>(source_->step() == 1 ? c : source_->offset(c)) * line_size_;
}

// Pixels that are `step` bytes apart, from the left of the upright picture to the right.
ResizedRow Resizer::in_order(const std::uint8_t* pixels, std::ptrdiff_t step) const {
  if (mirrored_) {
    pixels += (width_ - 1) * step;
    step = -step;
  }
  return {{pixels + source_->offset(0), pixels + source_->offset(1), pixels + source_->offset(2)}, step};
}

}  // namespace vision
