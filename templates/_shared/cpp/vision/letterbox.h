// From a picture to the model's input: resize, pad, normalise and split into planes, in one pass.
#pragma once

#include <array>
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

// Pixels are those of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit. Not thread-safe: one per thread.
// Throws std::invalid_argument for an input without pixels and for a picture that cannot be: see check in pixel_rows.h.
class Letterbox : public InputMaker {
 public:
  // stretched: the picture takes all of the input, whatever its shape.
  Letterbox(int input_width, int input_height, const Normalization& normalization, bool stretched = false);

  using InputMaker::to_tensor;
  LetterboxPlan to_tensor(const ImageView& image, float* tensor) override;
  LetterboxPlan to_tensor(const ImageView& image, std::int8_t* tensor) override;
  LetterboxPlan to_bytes(const ImageView& image, std::uint8_t* bytes) override;

 private:
  template <typename Number>
  struct TensorSink;
  struct BytesSink;

  void prepare(const ImageView& image);
  // A sink has pad(y, rows), for rows beside the picture, and put(y, left, count, row), for one with the picture in it.
  template <typename Sink>
  LetterboxPlan fill(const ImageView& image, const Sink& sink);

  int input_width_, input_height_;
  bool is_stretched_;
  bool rgb_;
  std::uint8_t pad_value_;
  ValueTable table_;
  ByteTable byte_table_;
  std::array<bool, 3> is_usual_;       // where a tensor value is byte / 255
  std::array<bool, 3> is_usual_int8_;  // where a number of int8 is byte - 128

  // For the last picture's size, format and orientation.
  LetterboxPlan plan_;
  PixelFormat format_ = PixelFormat::kRgb;
  Orientation orientation_ = Orientation::kUp;
  Resizer resizer_;
};

// For ModelInfo::make_input.
std::unique_ptr<InputMaker> make_stretch(const ModelInfo& info);

}  // namespace vision
