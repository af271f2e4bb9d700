// From a picture to the model's input: turn, resize, pad, normalise and split into planes.
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

// The same for one that takes all of the input.
LetterboxPlan plan_stretch(int source_width, int source_height, int input_width, int input_height);

// Moves a point from the model's input back to the picture and clips it there.
Point to_image(const Point& point, const LetterboxPlan& plan);

// The same for a box; its score, class and index stay.
Detection to_image(const Detection& candidate, const LetterboxPlan& plan);

// Not thread-safe: one per thread. Throws std::invalid_argument for an input without pixels and as `check` does.
class Letterbox : public InputMaker {
 public:
  // is_stretched: the picture takes all of the input, whatever its shape.
  Letterbox(int input_width, int input_height, const Normalization& normalization, bool is_stretched = false);

  using InputMaker::to_tensor;
  LetterboxPlan to_tensor(const ImageView& image, float* tensor) override { return fill(image, table_, tensor); }
  LetterboxPlan to_tensor(const ImageView& image, std::int8_t* tensor) override {
    return fill(image, byte_table_, tensor);
  }
  LetterboxPlan to_bytes(const ImageView& image, std::uint8_t* bytes) override;

 private:
  LetterboxPlan start(const ImageView& image);
  std::array<const std::uint8_t*, 3> row(int y);
  template <typename Number>
  LetterboxPlan fill(const ImageView& image, const Table<Number>& table, Number* tensor);

  const int input_width_, input_height_;
  const bool is_stretched_, rgb_;
  const std::uint8_t pad_value_;
  const ValueTable table_;
  const ByteTable byte_table_;
  Resizer resizer_;
};

// For ModelInfo::make_input.
std::unique_ptr<InputMaker> make_stretch(const ModelInfo& info);

}  // namespace vision
