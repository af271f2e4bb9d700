// What a unit test looks like here: a function for each fact, without a framework. Add your own to main().
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <vector>

#include "app/processors.h"
#include "app_model.h"
#include "detector/model.h"
#include "vision/input.h"

namespace {

int failures = 0;

void check(bool passed, const char* fact) {
  std::cout << (passed ? "passed  " : "FAILED  ") << fact << std::endl;
  if (!passed) ++failures;
}

// Whatever is made of it for the model, a picture of one colour has no other, but for a border.
void a_plain_picture_stays_plain() {
  constexpr int kWidth = 300, kHeight = 100;
  constexpr std::uint8_t kGrey = 90;
  const std::vector<std::uint8_t> picture(std::size_t{3} * kWidth * kHeight, kGrey);
  const vision::ImageView view{picture.data(), kWidth, kHeight, 3 * kWidth, vision::PixelFormat::kRgb};
  std::vector<std::uint8_t> input(std::size_t{3} * static_cast<std::size_t>(app::kModel.input_width) *
                                  static_cast<std::size_t>(app::kModel.input_height));
  const vision::LetterboxPlan plan = detector::make_input(app::kModel)->to_bytes(view, input.data());
  const auto is_expected = [](std::uint8_t byte) { return byte == kGrey || byte == app::kModel.pad_value; };
  check(plan.source_width == kWidth && plan.source_height == kHeight &&
            std::all_of(input.begin(), input.end(), is_expected) && std::count(input.begin(), input.end(), kGrey) > 0,
        "a plain picture stays plain");
}

// The place for code of your own, see README.md: here nothing was found, and nothing is to come of it.
void processors_take_an_empty_result() {
  vision::Result result;
  process(app::kModel, app::make_processors(), result);
  check(result.boxes.empty(), "processors take an empty result");
}

}  // namespace

int main() {
  a_plain_picture_stays_plain();
  processors_take_an_empty_result();
  return failures == 0 ? 0 : 1;
}
