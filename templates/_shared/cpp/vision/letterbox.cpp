#include "letterbox.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>

#include "rounding.h"

namespace vision {
namespace {

// OpenCV's fixed point: weights have 11 bits; 4 + 16 + 2 bits are dropped from a product of two of them.
constexpr std::uint16_t kWeightOne = 2048;
constexpr int kDropAfterColumns = 4;
constexpr int kDropAfterRows = 16;
constexpr int kDropAtEnd = 2;
constexpr int kHalfAtEnd = 1 << (kDropAtEnd - 1);

// Puts the odd pixel of a border to the right and to the bottom.
constexpr double kOddPixelBias = 0.1;

// Rows are worked on in chunks of a fixed size, which compilers vectorise most readily. Buffers hold whole chunks.
constexpr std::size_t kChunk = 16;

constexpr int kNoRow = -1;

std::size_t whole_chunks(std::size_t count) { return (count + kChunk - 1) / kChunk * kChunk; }

std::vector<int> all_up_to(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// sum[i] = above[i] + below[i] for i < count
void add_rows(const std::uint8_t* __restrict above, const std::uint8_t* __restrict below, std::size_t count,
              std::uint16_t* __restrict sum) {
  const std::size_t whole = count / kChunk * kChunk;
  for (std::size_t start = 0; start < whole; start += kChunk) {
    for (std::size_t k = 0; k < kChunk; ++k) {
      sum[start + k] = static_cast<std::uint16_t>(above[start + k] + below[start + k]);
    }
  }
  for (std::size_t i = whole; i < count; ++i) sum[i] = static_cast<std::uint16_t>(above[i] + below[i]);
}

// quarter[i] = (here[i] + next[i]) / 4, rounded, for i < count rounded up to whole chunks
void quarter_sums(const std::uint16_t* __restrict here, const std::uint16_t* __restrict next, std::size_t count,
                  std::uint8_t* __restrict quarter) {
  for (std::size_t start = 0; start < count; start += kChunk) {
    for (std::size_t k = 0; k < kChunk; ++k) {
      const auto sum = static_cast<std::uint16_t>(here[start + k] + next[start + k] + 2);
      quarter[start + k] = static_cast<std::uint8_t>(sum >> 2);
    }
  }
}

// value[i] = the shares of the upper and of the lower line, for i < count rounded up to whole chunks
void blend_lines(const std::uint16_t* __restrict upper, const std::uint16_t* __restrict lower,
                 std::uint16_t upper_weight, std::uint16_t lower_weight, std::size_t count,
                 std::uint8_t* __restrict value) {
  for (std::size_t start = 0; start < count; start += kChunk) {
    for (std::size_t k = 0; k < kChunk; ++k) {
      // 16-bit operands on purpose: compilers turn this into the high half of a 16-bit product.
      const auto above = static_cast<std::uint16_t>((std::uint32_t{upper[start + k]} * upper_weight) >> kDropAfterRows);
      const auto below = static_cast<std::uint16_t>((std::uint32_t{lower[start + k]} * lower_weight) >> kDropAfterRows);
      const auto sum = static_cast<std::uint16_t>(above + below + kHalfAtEnd);
      value[start + k] = static_cast<std::uint8_t>(sum >> kDropAtEnd);
    }
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
template <typename Tap, std::ptrdiff_t kStep>
void resize_columns(const std::array<const std::uint8_t*, 3>& channel, const std::vector<Tap>& columns,
                    std::uint16_t* __restrict out0, std::uint16_t* __restrict out1, std::uint16_t* __restrict out2) {
  const std::uint8_t* __restrict in0 = channel[0], * __restrict in1 = channel[1], * __restrict in2 = channel[2];
  const Tap* __restrict taps = columns.data();
  const std::size_t count = columns.size();
  for (std::size_t x = 0; x < count; ++x) {
    const std::ptrdiff_t at = taps[x].first * kStep;
    const int a = taps[x].first_weight, b = taps[x].second_weight;
    out0[x] = between(in0[at], in0[at + kStep], a, b);
    out1[x] = between(in1[at], in1[at + kStep], a, b);
    out2[x] = between(in2[at], in2[at + kStep], a, b);
  }
}

// The same for gray: one plane serves all three channels. line: (plane_size)
template <typename Tap>
void resize_columns_of_gray(const std::uint8_t* __restrict in, const std::vector<Tap>& columns,
                            std::uint16_t* __restrict line) {
  const Tap* __restrict taps = columns.data();
  const std::size_t count = columns.size();
  for (std::size_t x = 0; x < count; ++x) {
    const std::ptrdiff_t at = taps[x].first;
    line[x] = between(in[at], in[at + 1], taps[x].first_weight, taps[x].second_weight);
  }
}

}  // namespace

LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan;
  plan.source_width = source_width;
  plan.source_height = source_height;
  plan.input_width = input_width;
  plan.input_height = input_height;
  const double ratio =
      std::min(static_cast<double>(input_height) / source_height, static_cast<double>(input_width) / source_width);
  plan.resized_width = std::max(round_half_even(rounded(source_width * ratio)), 1);
  plan.resized_height = std::max(round_half_even(rounded(source_height * ratio)), 1);
  plan.left = round_half_even((input_width - plan.resized_width) / 2.0 - kOddPixelBias);
  plan.top = round_half_even((input_height - plan.resized_height) / 2.0 - kOddPixelBias);
  plan.gain_x = static_cast<double>(plan.resized_width) / source_width;
  plan.gain_y = static_cast<double>(plan.resized_height) / source_height;
  return plan;
}

Letterbox::Letterbox(int input_width, int input_height, const Normalization& normalization)
    : input_width_(input_width),
      input_height_(input_height),
      rgb_(normalization.rgb),
      pad_value_(normalization.pad_value) {
  if (input_width < 1 || input_height < 1) {
    throw std::invalid_argument("the model's input has no pixels (" + std::to_string(input_width) + " x " +
                                std::to_string(input_height) + ")");
  }
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const double scaled = rounded(static_cast<double>(byte) * normalization.scale);
      table_[c][byte] = static_cast<float>((scaled - normalization.mean[c]) / normalization.std[c]);
    }
  }
}

LetterboxPlan Letterbox::to_tensor(const ImageView& image, float* tensor) {
  prepare(image);
  const std::size_t width = static_cast<std::size_t>(input_width_), height = static_cast<std::size_t>(input_height_);
  const std::size_t left = static_cast<std::size_t>(plan_.left), top = static_cast<std::size_t>(plan_.top);
  const std::size_t resized = static_cast<std::size_t>(plan_.resized_width);
  const std::size_t bottom = top + static_cast<std::size_t>(plan_.resized_height);
  for (std::size_t c = 0; c < 3; ++c) {
    float* plane = tensor + c * height * width;
    std::fill(plane, plane + top * width, table_[c][pad_value_]);
    std::fill(plane + bottom * width, plane + height * width, table_[c][pad_value_]);
  }
  for (std::size_t y = top; y < bottom; ++y) {
    const Row row = resized_row(static_cast<int>(y - top));
    for (std::size_t c = 0; c < 3; ++c) {
      const float* __restrict table = table_[c].data();
      float* __restrict out = tensor + (c * height + y) * width;
      const std::uint8_t* in = row.channel[c];
      std::fill(out, out + left, table[pad_value_]);
      for (std::size_t x = left; x < left + resized; ++x, in += row.step) out[x] = table[*in];
      std::fill(out + left + resized, out + width, table[pad_value_]);
    }
  }
  return plan_;
}

LetterboxPlan Letterbox::to_bytes(const ImageView& image, std::uint8_t* bytes) {
  prepare(image);
  const std::size_t width = static_cast<std::size_t>(input_width_), height = static_cast<std::size_t>(input_height_);
  std::memset(bytes, pad_value_, height * width * 3);
  for (int y = 0; y < plan_.resized_height; ++y) {
    const Row row = resized_row(y);
    std::uint8_t* out =
        bytes + (static_cast<std::size_t>(plan_.top + y) * width + static_cast<std::size_t>(plan_.left)) * 3;
    for (std::ptrdiff_t x = 0; x < plan_.resized_width; ++x) {
      for (std::size_t c = 0; c < 3; ++c) *out++ = row.channel[c][x * row.step];
    }
  }
  return plan_;
}

void Letterbox::prepare(const ImageView& image) {
  check(image);
  line_row_ = {kNoRow, kNoRow};  // the lines hold rows of another frame
  const bool is_planned = plan_.source_width == upright_width(image) && plan_.source_height == upright_height(image) &&
                          format_ == image.format && orientation_ == image.orientation;
  if (!is_planned) {
    plan_ = {};  // until all buffers are there
    plan_ = plan_buffers(image);
    format_ = image.format;
    orientation_ = image.orientation;
  }
  source_.begin(image);
}

LetterboxPlan Letterbox::plan_buffers(const ImageView& image) {
  const int width = upright_width(image), height = upright_height(image);
  const LetterboxPlan plan = plan_letterbox(width, height, input_width_, input_height_);
  if (plan.resized_width == width && plan.resized_height == height) {
    method_ = Method::kCopy;
  } else if (width == plan.resized_width * 2 && height == plan.resized_height * 2) {
    method_ = Method::kHalve;
  } else {
    method_ = Method::kInterpolate;
    plan_taps(plan, image);
  }
  if (method_ != Method::kInterpolate) source_.prepare(image, all_up_to(height), all_up_to(width));
  if (method_ == Method::kHalve) {
    const std::size_t row_bytes = whole_chunks(source_.row_bytes());
    sums_.resize(row_bytes + kChunk);  // the last pixel's sum is read together with the one after it
    row_.resize(row_bytes);
  }
  for (int c = 0; c < 3; ++c) offset_[static_cast<std::size_t>(c)] = source_.offset(rgb_ ? c : 2 - c);
  return plan;
}

void Letterbox::plan_taps(const LetterboxPlan& plan, const ImageView& image) {
  const int last_column = plan.source_width - 1, last_row = plan.source_height - 1;
  columns_.resize(static_cast<std::size_t>(plan.resized_width));
  rows_.resize(static_cast<std::size_t>(plan.resized_height));

  const double scale_x = scale_of(plan.source_width, plan.resized_width);
  for (std::size_t x = 0; x < columns_.size(); ++x) {
    const Position at = position_of(static_cast<int>(x), scale_x);
    Tap& tap = columns_[x];
    if (at.lower < 0 || last_column == 0) {
      tap = {0, kWeightOne, 0};
    } else if (at.lower >= last_column) {  // reads the last pixel as its left neighbour's
      tap = {last_column - 1, 0, kWeightOne};
    } else {
      tap = {at.lower, fixed_point(1 - at.upper_share), fixed_point(at.upper_share)};
    }
    if (is_mirrored(image.orientation) && last_column > 0) {
      tap = {last_column - 1 - tap.first, tap.second_weight, tap.first_weight};
    }
  }

  // Rows keep their weights at the border, where both are the same row: with truncated products two shares of a row are
  // not always the row itself, and OpenCV does it this way.
  const double scale_y = scale_of(plan.source_height, plan.resized_height);
  for (std::size_t y = 0; y < rows_.size(); ++y) {
    const Position at = position_of(static_cast<int>(y), scale_y);
    rows_[y] = {at.lower, fixed_point(1 - at.upper_share), fixed_point(at.upper_share)};
  }

  source_.prepare(image, read_by(rows_, last_row), read_by(columns_, last_column));
  for (Tap& tap : columns_) tap.first = source_.place_of(tap.first);

  line_size_ = whole_chunks(columns_.size());
  const auto planes = static_cast<std::size_t>(channels_of(image.format));
  for (auto& line : lines_) line.resize(planes * line_size_);
  row_.resize(planes * line_size_);
}

// Both neighbours of every tap, by rising number.
std::vector<int> Letterbox::read_by(const std::vector<Tap>& taps, int last) {
  std::vector<int> numbers;
  for (const Tap& tap : taps) {
    numbers.push_back(std::clamp(tap.first, 0, last));
    numbers.push_back(std::clamp(tap.first + 1, 0, last));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

Letterbox::Row Letterbox::resized_row(int y) {
  switch (method_) {
    case Method::kHalve:
      return halved_row(y);
    case Method::kInterpolate:
      return interpolated_row(y);
    case Method::kCopy:
      break;
  }
  return in_order(source_.row(y), source_.step());
}

// At half the size all four weights are equal and no product loses a bit, so this is what interpolation gives.
Letterbox::Row Letterbox::halved_row(int y) {
  const std::uint8_t* upper = source_.row(2 * y);
  const std::uint8_t* lower = source_.row(2 * y + 1);
  add_rows(upper, lower, source_.row_bytes(), sums_.data());
  quarter_sums(sums_.data(), sums_.data() + source_.step(), source_.row_bytes(), row_.data());
  return in_order(row_.data(), 2 * source_.step());
}

Letterbox::Row Letterbox::interpolated_row(int y) {
  const Tap& tap = rows_[static_cast<std::size_t>(y)];
  const int above = std::clamp(tap.first, 0, plan_.source_height - 1);
  const int below = std::clamp(tap.first + 1, 0, plan_.source_height - 1);
  // A line of weight zero adds nothing: spare the work of making it.
  const std::uint16_t* upper = line(tap.first_weight != 0 ? above : below);
  const std::uint16_t* lower = line(tap.second_weight != 0 ? below : above);
  blend_lines(upper, lower, tap.first_weight, tap.second_weight, row_.size(), row_.data());
  const std::size_t plane = channels_of(format_) == 1 ? 0 : line_size_;
  return {{row_.data(), row_.data() + plane, row_.data() + 2 * plane}, 1};
}

// Row source_y of the picture, resized along x. Rows are read from top to bottom, two neighbours at a time, so that
// even and odd rows each have their own buffer.
const std::uint16_t* Letterbox::line(int source_y) {
  const std::size_t slot = static_cast<std::size_t>(source_y % 2);
  std::uint16_t* line = lines_[slot].data();
  if (line_row_[slot] == source_y) return line;
  line_row_[slot] = source_y;
  const std::uint8_t* pixels = source_.row(source_y);
  const std::array<const std::uint8_t*, 3> channel = {pixels + offset_[0], pixels + offset_[1], pixels + offset_[2]};
  if (channels_of(format_) == 1) {
    resize_columns_of_gray(pixels, columns_, line);
    return line;
  }
  const auto resize = source_.step() == 1   ? resize_columns<Tap, 1>
                      : source_.step() == 3 ? resize_columns<Tap, 3>
                                            : resize_columns<Tap, 4>;
  resize(channel, columns_, line, line + line_size_, line + 2 * line_size_);
  return line;
}

// Pixels that are `step` bytes apart, from the left of the upright picture to the right.
Letterbox::Row Letterbox::in_order(const std::uint8_t* pixels, std::ptrdiff_t step) const {
  if (is_mirrored(orientation_)) {
    pixels += (plan_.resized_width - 1) * step;
    step = -step;
  }
  return {{pixels + offset_[0], pixels + offset_[1], pixels + offset_[2]}, step};
}

}  // namespace vision
