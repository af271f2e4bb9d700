// Fits a picture into the model's input with a border, and maps points back.
#pragma once

#include <cstdint>
#include <memory>

#include "image.h"
#include "input.h"
#include "resize.h"
#include "result.h"

namespace vision {

// Fits a picture into the input, keeping its shape. All sizes >= 1.
LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height);

// The same without keeping its shape: it takes all of the input.
LetterboxPlan plan_stretch(int source_width, int source_height, int input_width, int input_height);

// Moves a point from the model's input back to the picture and clips it there.
Point to_image(const Point& point, const LetterboxPlan& plan);

// The same for a box; its score, class and index do not change.
Detection to_image(const Detection& candidate, const LetterboxPlan& plan);

// Not thread-safe: one per thread.
class Letterbox : public InputMaker {
 public:
  // is_stretched: the picture takes all of the input, whatever its shape.
  Letterbox(int input_width, int input_height, const Normalization& normalization, bool is_stretched = false);

  LetterboxPlan to_planes(const ImageView& image, std::uint8_t* planes) override;

 private:
  const bool is_stretched_, rgb_;
  const std::uint8_t pad_value_;
  Resizer resizer_;
};

// For ModelInfo::make_input.
std::unique_ptr<InputMaker> make_stretch(const ModelInfo& info);

}  // namespace vision
