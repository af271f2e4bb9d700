#include "input.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "rounding.h"
#include "tensor_view.h"

namespace vision {
namespace {

template <typename Value>
void look_up(const std::uint8_t* __restrict byte, const Table<Value>& table, std::size_t plane,
             Value* __restrict value) {
  for (const std::array<Value, 256>& values : table) {
    for (std::size_t i = 0; i < plane; ++i) *value++ = values[*byte++];
  }
}

}  // namespace

Normalization normalization_of(const ModelInfo& info) {
  Normalization normalization;
  normalization.scale = info.scale;
  std::copy(info.mean.begin(), info.mean.end(), normalization.mean);
  std::copy(info.std.begin(), info.std.end(), normalization.std);
  normalization.pad_value = info.pad_value;
  normalization.rgb = info.rgb;
  normalization.steps = info.input_steps;
  return normalization;
}

Table<float> value_table(const Normalization& normalization) {
  Table<float> table;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const double scaled = rounded(static_cast<double>(byte) * normalization.scale);
      table[c][byte] = static_cast<float>((scaled - normalization.mean[c]) / normalization.std[c]);
    }
  }
  return table;
}

InputMaker::InputMaker(int input_width, int input_height, const Table<float>& values, const Steps& steps)
    : input_width_(input_width), input_height_(input_height), values_(values) {
  if (input_width < 1 || input_height < 1) {
    throw std::invalid_argument("the model's input has no pixels (" + std::to_string(input_width) + " x " +
                                std::to_string(input_height) + ")");
  }
  planes_.resize(std::size_t{3} * static_cast<std::size_t>(input_width) * static_cast<std::size_t>(input_height));
  for (std::size_t c = 0; steps.is_int8() && c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) int8_values_[c][byte] = nearest(values[c][byte], steps);
  }
}

LetterboxPlan InputMaker::to_tensor(const ImageView& image, const InputTensor& tensor) {
  const LetterboxPlan plan = to_planes(image, planes_.data());
  if (tensor.bytes != nullptr) {
    look_up(planes_.data(), int8_values_, planes_.size() / 3, tensor.bytes);
  } else {
    look_up(planes_.data(), values_, planes_.size() / 3, tensor.floats);
  }
  return plan;
}

}  // namespace vision
