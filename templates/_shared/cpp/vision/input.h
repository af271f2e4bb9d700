// From a picture to the model's input tensor.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "image.h"
#include "model_info.h"

namespace vision {

// Where an upright picture is in the model's input. All sizes in pixels.
struct LetterboxPlan {
  int source_width = 0, source_height = 0;
  int input_width = 0, input_height = 0;
  int resized_width = 0, resized_height = 0;
  int left = 0, top = 0;          // the border; an odd pixel goes to the right and to the bottom. Below 0: cut off
  double gain_x = 0, gain_y = 0;  // input pixels per picture pixel: of the rounded sizes, so not quite equal
};

// A tensor value is (byte * scale - mean[c]) / std[c]. Outside the picture the byte is pad_value.
struct Normalization {
  double scale = 1.0 / 255;
  double mean[3] = {0, 0, 0};  // in the tensor's channel order, as is std
  double std[3] = {1, 1, 1};
  std::uint8_t pad_value = 114;
  bool rgb = true;  // channel order of the tensor; false: BGR
  Steps steps;      // of an int8 tensor
};

Normalization normalization_of(const ModelInfo& info);

// The value for each channel and byte.
template <typename Value>
using Table = std::array<std::array<Value, 256>, 3>;

Table<float> value_table(const Normalization& normalization);

// The memory of an input tensor (3, H, W), float32 or int8.
struct InputTensor {
  float* floats = nullptr;
  std::int8_t* bytes = nullptr;

  InputTensor() = default;
  InputTensor(float* values) : floats(values) {}
  InputTensor(std::int8_t* values) : bytes(values) {}
};

// Not thread-safe: one per thread. It allocates only if a picture's size, format or orientation differs from the last.
class InputMaker {
 public:
  // Throws std::invalid_argument for an input without pixels.
  InputMaker(int input_width, int input_height, const Table<float>& values, const Steps& steps);
  virtual ~InputMaker() = default;

  // Both throw std::invalid_argument as `check` does.
  LetterboxPlan to_tensor(const ImageView& image, const InputTensor& tensor);

  // Writes the picture at the input's size: bytes (3, H, W), in the tensor's channel order.
  virtual LetterboxPlan to_planes(const ImageView& image, std::uint8_t* planes) = 0;

 protected:
  const int input_width_, input_height_;

 private:
  const Table<float> values_;
  Table<std::int8_t> int8_values_{};  // the nearest int8 numbers
  std::vector<std::uint8_t> planes_;
};

}  // namespace vision
