#include "input.h"

#include <algorithm>
#include <cstddef>

#include "rounding.h"
#include "tensor_view.h"

namespace vision {

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

ValueTable value_table(const Normalization& normalization) {
  ValueTable table;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const double scaled = rounded(static_cast<double>(byte) * normalization.scale);
      table[c][byte] = static_cast<float>((scaled - normalization.mean[c]) / normalization.std[c]);
    }
  }
  return table;
}

ByteTable byte_table(const ValueTable& values, const Steps& steps) {
  ByteTable table{};
  for (std::size_t c = 0; steps.is_int8() && c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      table[c][byte] = nearest(values[c][byte], steps);
    }
  }
  return table;
}

}  // namespace vision
