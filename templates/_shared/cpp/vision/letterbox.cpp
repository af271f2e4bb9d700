#include "letterbox.h"

#include <algorithm>
#include <cstddef>

#include "rounding.h"

namespace vision {
namespace {

// Puts the odd pixel of a border to the right and to the bottom.
constexpr double kOddPixelBias = 0.1;

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

Letterbox::Letterbox(int input_width, int input_height, const Normalization& normalization, bool is_stretched)
    : InputMaker(input_width, input_height, value_table(normalization), normalization.steps),
      is_stretched_(is_stretched),
      rgb_(normalization.rgb),
      pad_value_(normalization.pad_value) {}

LetterboxPlan Letterbox::to_planes(const ImageView& image, std::uint8_t* planes) {
  check(image);
  const auto make_plan = is_stretched_ ? plan_stretch : plan_letterbox;
  const LetterboxPlan plan = make_plan(upright_width(image), upright_height(image), input_width_, input_height_);
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

std::unique_ptr<InputMaker> make_stretch(const ModelInfo& info) {
  return std::make_unique<Letterbox>(info.input_width, info.input_height, normalization_of(info), true);
}

}  // namespace vision
