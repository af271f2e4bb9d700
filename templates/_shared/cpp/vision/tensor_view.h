// A tensor in memory, owned by someone else.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "model_info.h"

namespace vision {

enum class TensorType { kFloat32, kUInt8, kInt8 };

// Numbers in memory: float32, or int8 of which each stands for (number - zero_point) * scale. This is where int8 is
// read.
struct Numbers {
  const void* data = nullptr;
  bool is_int8 = false;
  float scale = 1;
  std::int32_t zero_point = 0;

  Numbers() = default;
  Numbers(const float* floats) : data(floats) {}
  Numbers(const std::int8_t* bytes, const Steps& steps)
      : data(bytes), is_int8(true), scale(steps.scale), zero_point(steps.zero_point) {}

  const float* floats() const { return static_cast<const float*>(data); }
  const std::int8_t* bytes() const { return static_cast<const std::int8_t*>(data); }
  float value(int number) const { return static_cast<float>(number - zero_point) * scale; }
  float operator[](std::size_t i) const { return is_int8 ? value(bytes()[i]) : floats()[i]; }

  // The same from number i on.
  Numbers from(std::size_t i) const {
    Numbers rest = *this;
    rest.data = is_int8 ? static_cast<const void*>(bytes() + i) : floats() + i;
    return rest;
  }
};

// The number of int8 that is nearest to a value: half goes to even, what lies outside to the last one.
inline std::int8_t nearest(float value, const Steps& steps) {
  const float number = std::nearbyint(value / steps.scale) + static_cast<float>(steps.zero_point);
  return static_cast<std::int8_t>(std::clamp(number, -128.0F, 127.0F));
}

// Its values lie in the order of its dimensions, without gaps. Of whole numbers, a value is
// (number - zero_point) * scale.
struct TensorView {
  const void* data = nullptr;
  TensorType type = TensorType::kFloat32;
  Shape shape;
  float scale = 1;
  std::int32_t zero_point = 0;

  const float* floats() const { return static_cast<const float*>(data); }
  Numbers numbers() const {
    if (type == TensorType::kInt8) return {static_cast<const std::int8_t*>(data), {scale, zero_point}};
    return floats();
  }
};

}  // namespace vision
