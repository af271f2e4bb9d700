// What a unit test looks like here: a function for each fact, without a framework. Add your own to main().
#include <cmath>
#include <iostream>

#include "app/processors.h"
#include "app_model.h"
#include "vision/geometry.h"

namespace {

int failures = 0;

void check(bool passed, const char* fact) {
  std::cout << (passed ? "passed  " : "FAILED  ") << fact << std::endl;
  if (!passed) ++failures;
}

// A box around the whole letterboxed picture is the whole picture.
void boxes_come_back_from_the_letterbox() {
  const vision::LetterboxPlan plan =
      vision::plan_letterbox(300, 100, app::kModel.input_width, app::kModel.input_height);
  vision::Detection box;
  box.x1 = static_cast<float>(plan.left);
  box.y1 = static_cast<float>(plan.top);
  box.x2 = static_cast<float>(plan.left + plan.resized_width);
  box.y2 = static_cast<float>(plan.top + plan.resized_height);
  const vision::Detection back = to_image(box, plan);
  const auto is_near = [](float corner, float expected) { return std::abs(corner - expected) < 0.001F; };
  check(is_near(back.x1, 0) && is_near(back.y1, 0) && is_near(back.x2, 300) && is_near(back.y2, 100),
        "boxes come back from the letterbox");
}

// The place for code of your own, see README.md: here nothing was found, and nothing is to come of it.
void processors_take_an_empty_result() {
  vision::Result result;
  process(app::make_processors(), result);
  check(result.boxes.empty(), "processors take an empty result");
}

}  // namespace

int main() {
  boxes_come_back_from_the_letterbox();
  processors_take_an_empty_result();
  return failures == 0 ? 0 : 1;
}
