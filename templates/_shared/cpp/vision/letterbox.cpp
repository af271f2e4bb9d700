#include "letterbox.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "numbers.h"

namespace vision {
namespace {

// Puts the odd pixel of a border to the right and to the bottom.
constexpr double kOddPixelBias = 0.1;

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

}  // namespace

LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan = plan_stretch(source_width, source_height, input_width, input_height);
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

LetterboxPlan plan_stretch(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan;
  plan.source_width = source_width;
  plan.source_height = source_height;
  plan.input_width = plan.resized_width = input_width;
  plan.input_height = plan.resized_height = input_height;
  plan.gain_x = static_cast<double>(input_width) / source_width;
  plan.gain_y = static_cast<double>(input_height) / source_height;
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
  check(image);
  const LetterboxPlan plan = make_plan_(upright_width(image), upright_height(image), input_width_, input_height_);
  resizer_.start(image, plan.resized_width, plan.resized_height);
  const std::ptrdiff_t plane = std::ptrdiff_t{input_width_} * input_height_;
  std::fill_n(planes, 3 * plane, pad_value_);
  for (int y = 0; y < plan.resized_height; ++y) {
    std::uint8_t* first = planes + std::ptrdiff_t{plan.top + y} * input_width_ + plan.left;
    std::uint8_t* last = first + 2 * plane;
    resizer_.write_row(y, {rgb_ ? first : last, first + plane, rgb_ ? last : first});
  }
  return plan;
}

std::unique_ptr<Preprocessor> make_stretch(const ModelInfo& info) {
  return std::make_unique<Letterbox>(info, plan_stretch);
}

}  // namespace vision
