// From a picture to the model's input, whatever the way.
#pragma once

#include <array>
#include <cstdint>

#include "image.h"
#include "model_info.h"

namespace vision {

// Where a picture, turned upright, lands in the model's input. All sizes in pixels.
struct LetterboxPlan {
  int source_width = 0, source_height = 0;
  int input_width = 0, input_height = 0;
  int resized_width = 0, resized_height = 0;
  int left = 0, top = 0;          // the border; what is left over goes to the right and to the bottom. Below 0: cut off
  double gain_x = 0, gain_y = 0;  // input pixels per picture pixel: of the rounded sizes, so not quite equal
};

// A tensor value is (byte * scale - mean[c]) / std[c]; outside the picture the byte is pad_value.
struct Normalization {
  double scale = 1.0 / 255;
  double mean[3] = {0, 0, 0};  // in the tensor's channel order, as is std
  double std[3] = {1, 1, 1};
  std::uint8_t pad_value = 114;
  bool rgb = true;  // channel order of the tensor: RGB or BGR
};

using ValueTable = std::array<std::array<float, 256>, 3>;  // (channel, byte) -> tensor value

Normalization normalization_of(const ModelInfo& info);

ValueTable value_table(const Normalization& normalization);

// Not thread-safe: one per thread.
class InputMaker {
 public:
  virtual ~InputMaker() = default;

  // Both allocate only when the picture's size, format or orientation is not that of the last call.
  virtual LetterboxPlan to_tensor(const ImageView& image, float* tensor /* (3, H, W) */) = 0;
  virtual LetterboxPlan to_bytes(const ImageView& image,
                                 std::uint8_t* bytes /* (H, W, 3), in the tensor's order */) = 0;
};

}  // namespace vision
