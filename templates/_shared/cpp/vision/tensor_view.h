// A tensor in memory, owned by someone else.
#pragma once

#include <cstdint>

#include "model_info.h"

namespace vision {

enum class TensorType { kFloat32, kUInt8, kInt8 };

// Its values lie in the order of its dimensions, without gaps. Of whole numbers, a value is
// (number - zero_point) * scale.
struct TensorView {
  const void* data = nullptr;
  TensorType type = TensorType::kFloat32;
  Shape shape;
  float scale = 1;
  std::int32_t zero_point = 0;

  const float* floats() const { return static_cast<const float*>(data); }
};

}  // namespace vision
