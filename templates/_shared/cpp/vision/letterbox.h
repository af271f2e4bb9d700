// From a picture to the model's input: resize, pad, normalise and split into planes, in one pass.
#pragma once

#include <array>
#include <cstdint>

#include "image.h"
#include "resize.h"

namespace vision {

// Where a picture, turned upright, lands in the model's input. All sizes in pixels.
struct LetterboxPlan {
  int source_width = 0, source_height = 0;
  int input_width = 0, input_height = 0;
  int resized_width = 0, resized_height = 0;
  int left = 0, top = 0;          // the border; what is left over goes to the right and to the bottom
  double gain_x = 0, gain_y = 0;  // input pixels per picture pixel: of the rounded sizes, so not quite equal
};

// Fits a picture into the input, keeping its shape. All sizes >= 1.
LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height);

// A tensor value is (byte * scale - mean[c]) / std[c]; outside the picture the byte is pad_value.
struct Normalization {
  double scale = 1.0 / 255;
  double mean[3] = {0, 0, 0};  // in the tensor's channel order, as is std
  double std[3] = {1, 1, 1};
  std::uint8_t pad_value = 114;
  bool rgb = true;  // channel order of the tensor: RGB or BGR
};

// Pixels are those of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit. Not thread-safe: one per thread.
// Throws std::invalid_argument for an input without pixels and for a picture that cannot be: see check in pixel_rows.h.
class Letterbox {
 public:
  Letterbox(int input_width, int input_height, const Normalization& normalization);

  // Both allocate only when the picture's size, format or orientation is not that of the last call.
  LetterboxPlan to_tensor(const ImageView& image, float* tensor /* (3, H, W) */);
  LetterboxPlan to_bytes(const ImageView& image, std::uint8_t* bytes /* (H, W, 3), in the tensor's channel order */);

 private:
  struct TensorSink;
  struct BytesSink;

  void prepare(const ImageView& image);
  // A sink has pad(y, rows), for rows beside the picture, and put(y, left, count, row), for one with the picture in it.
  template <typename Sink>
  LetterboxPlan fill(const ImageView& image, const Sink& sink);

  int input_width_, input_height_;
  bool rgb_;
  std::uint8_t pad_value_;
  std::array<std::array<float, 256>, 3> table_;  // (channel, byte) -> tensor value
  std::array<bool, 3> is_usual_;                 // where that is byte / 255

  // For the last picture's size, format and orientation.
  LetterboxPlan plan_;
  PixelFormat format_ = PixelFormat::kRgb;
  Orientation orientation_ = Orientation::kUp;
  Resizer resizer_;
};

}  // namespace vision
