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
  Steps steps;      // of a tensor of int8
};

template <typename Number>
using Table = std::array<std::array<Number, 256>, 3>;
using ValueTable = Table<float>;       // (channel, byte) -> tensor value
using ByteTable = Table<std::int8_t>;  // the same of a tensor of int8

Normalization normalization_of(const ModelInfo& info);

ValueTable value_table(const Normalization& normalization);

// The nearest number of int8 for each value: half goes to even, what lies outside to the last one. Without steps: none.
ByteTable byte_table(const ValueTable& values, const Steps& steps);

// The numbers of a model's input (3, H, W), of one of two types.
struct InputTensor {
  float* floats = nullptr;
  std::int8_t* bytes = nullptr;
};

// Not thread-safe: one per thread.
class InputMaker {
 public:
  virtual ~InputMaker() = default;

  // All allocate only when the picture's size, format or orientation is not that of the last call.
  virtual LetterboxPlan to_tensor(const ImageView& image, float* tensor /* (3, H, W) */) = 0;
  virtual LetterboxPlan to_tensor(const ImageView& image, std::int8_t* tensor /* (3, H, W) */) = 0;
  virtual LetterboxPlan to_bytes(const ImageView& image,
                                 std::uint8_t* bytes /* (H, W, 3), in the tensor's order */) = 0;

  LetterboxPlan to_tensor(const ImageView& image, const InputTensor& tensor) {
    return tensor.bytes != nullptr ? to_tensor(image, tensor.bytes) : to_tensor(image, tensor.floats);
  }
};

}  // namespace vision
