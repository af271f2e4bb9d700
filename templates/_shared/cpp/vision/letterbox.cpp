#include "vision/letterbox.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "vision/model_info.h"

namespace vision {
namespace {

// Puts the odd pixel of a border to the right and to the bottom.
constexpr double kOddPixelBias = 0.1;

// Fixed point, as in OpenCV: weights have 11 bits; 4, 16 and 2 bits are dropped from a product of two of them.
constexpr int kWeightOne = 2048;
constexpr int kDropAfterColumns = 4;
constexpr int kDropAfterRows = 16;
constexpr int kDropAtEnd = 2;
constexpr int kHalfAtEnd = 1 << (kDropAtEnd - 1);
constexpr int kNoRow = -1;

// A value is (byte * scale - mean) / std.
Table<float> value_table(const ModelInfo& info) {
  Table<float> table;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const double scaled = rounded(static_cast<double>(byte) * info.scale);
      table[c][byte] = static_cast<float>((scaled - info.mean[c]) / info.std[c]);
    }
  }
  return table;
}

template <typename Value>
void look_up(const std::uint8_t* __restrict byte, const Table<Value>& table, const LetterboxPlan& plan,
             Value* __restrict value) {
  const int width = plan.input_width, bottom = plan.top + plan.resized_height;
  for (const std::array<Value, 256>& values : table) {
    for (int y = 0; y < plan.input_height; ++y, byte += width, value += width) {
      if (y < plan.top || y >= bottom) {
        std::fill_n(value, width, values[*byte]);  // a row of the border
      } else {
        for (int x = 0; x < width; ++x) value[x] = values[byte[x]];
      }
    }
  }
}

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

LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan{source_width, source_height, input_width, input_height};
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

Point to_image(const Point& point, const LetterboxPlan& plan) {
  const auto back = [](float position, int border, double gain, int size) {
    const float moved = (position - static_cast<float>(border)) / static_cast<float>(gain);
    return std::clamp(moved, 0.0F, static_cast<float>(size));
  };
  return {back(point.x, plan.left, plan.gain_x, plan.source_width),
          back(point.y, plan.top, plan.gain_y, plan.source_height)};
}

Detection to_image(const Detection& candidate, const LetterboxPlan& plan) {
  const Point lower = to_image(Point{candidate.x1, candidate.y1}, plan);
  const Point upper = to_image(Point{candidate.x2, candidate.y2}, plan);
  return {lower.x, lower.y, upper.x, upper.y, candidate.score, candidate.class_id, candidate.index};
}

Preprocessor::Preprocessor(const ModelInfo& info, const Table<float>& values)
    : input_width_(info.input_width), input_height_(info.input_height), rgb_(info.rgb), values_(values) {
  if (input_width_ < 1 || input_height_ < 1) {
    throw std::invalid_argument("the model's input has no pixels (" + std::to_string(input_width_) + " x " +
                                std::to_string(input_height_) + ")");
  }
  planes_.resize(std::size_t{3} * static_cast<std::size_t>(input_width_) * static_cast<std::size_t>(input_height_));
  for (std::size_t c = 0; info.input_steps.is_int8() && c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      int8_values_[c][byte] = nearest(values[c][byte], info.input_steps);
    }
  }
}

LetterboxPlan Preprocessor::to_tensor(const ImageView& image, const InputTensor& tensor) {
  const LetterboxPlan plan = to_planes(image, planes_.data());
  if (tensor.bytes != nullptr) {
    look_up(planes_.data(), int8_values_, plan, tensor.bytes);
  } else {
    look_up(planes_.data(), values_, plan, tensor.floats);
  }
  return plan;
}

Letterbox::Letterbox(const ModelInfo& info, MakePlan make_plan)
    : Preprocessor(info, value_table(info)), make_plan_(make_plan), pad_value_(info.pad_value) {}

LetterboxPlan Letterbox::to_planes(const ImageView& image, std::uint8_t* planes) {
  check_pixels(image);
  const LetterboxPlan plan = make_plan_(image.width, image.height, input_width_, input_height_);
  prepare(image, plan);
  const std::ptrdiff_t plane = std::ptrdiff_t{input_width_} * input_height_;
  std::fill_n(planes, 3 * plane, pad_value_);
  for (int y = 0; y < plan.resized_height; ++y) {
    std::uint8_t* first = planes + std::ptrdiff_t{plan.top + y} * input_width_ + plan.left;
    std::uint8_t* last = first + 2 * plane;
    write_row(y, {rgb_ ? first : last, first + plane, rgb_ ? last : first});
  }
  return plan;
}

// Makes the taps of `target` positions between `source` ones. At the border, both are the same pixel.
void Letterbox::make_taps(int source, int target, std::vector<Tap>& taps) {
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

void Letterbox::prepare(const ImageView& image, const LetterboxPlan& plan) {
  make_taps(plan.source_height, plan.resized_height, rows_);
  make_taps(plan.source_width, plan.resized_width, columns_);
  is_same_size_ = plan.resized_width == plan.source_width && plan.resized_height == plan.source_height;
  image_ = image;
  for (Tap& tap : columns_) {
    tap.first *= image_.step_x;
    tap.second *= image_.step_x;
  }
  for (auto& line : lines_) line.resize(3 * columns_.size());
  line_row_ = {kNoRow, kNoRow};
}

// Writes red, green and blue of a resized row.
void Letterbox::write_row(int y, const std::array<std::uint8_t*, 3>& channels) {
  const Tap& tap = rows_[static_cast<std::size_t>(y)];
  const std::size_t width = columns_.size();
  if (is_same_size_) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint8_t* __restrict in = image_.row(y) + image_.channel[c];
      std::uint8_t* __restrict out = channels[c];
      const std::ptrdiff_t step = image_.step_x;
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
const std::uint16_t* Letterbox::line(int y) {
  const std::size_t slot = static_cast<std::size_t>(y % 2);  // a tap's rows are neighbours: one is even, one odd
  if (line_row_[slot] == y) return lines_[slot].data();
  line_row_[slot] = y;
  const std::uint8_t* row = image_.row(y);
  const auto [red, green, blue] = image_.channel;
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
