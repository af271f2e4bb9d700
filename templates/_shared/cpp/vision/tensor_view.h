// A tensor's values, owned by the runtime.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "model_info.h"

namespace vision {

// Values in memory, float32 or int8. Only this struct reads int8.
struct Numbers {
  const void* data = nullptr;
  bool is_int8 = false;
  float scale = 1;
  std::int32_t zero_point = 0;

  Numbers() = default;
  Numbers(const float* floats) : data(floats) {}
  Numbers(const void* values, const Steps& steps)
      : data(values), is_int8(steps.is_int8()), scale(steps.scale), zero_point(steps.zero_point) {}

  const float* floats() const { return static_cast<const float*>(data); }
  const std::int8_t* bytes() const { return static_cast<const std::int8_t*>(data); }
  float value(int number) const { return static_cast<float>(number - zero_point) * scale; }
  float operator[](std::size_t i) const { return is_int8 ? value(bytes()[i]) : floats()[i]; }

  // The values from index i on.
  Numbers from(std::size_t i) const {
    Numbers rest = *this;
    rest.data = is_int8 ? static_cast<const void*>(bytes() + i) : floats() + i;
    return rest;
  }
};

// Returns the nearest int8 number: half goes to even, and values out of range to the last number.
inline std::int8_t nearest(float value, const Steps& steps) {
  const float number = std::nearbyint(value / steps.scale) + static_cast<float>(steps.zero_point);
  return static_cast<std::int8_t>(std::clamp(number, -128.0F, 127.0F));
}

// Values in the order of their dimensions, without gaps.
struct TensorView : Numbers {
  Shape shape;

  TensorView(const Numbers& numbers, const Shape& of) : Numbers(numbers), shape(of) {}
  const Numbers& numbers() const { return *this; }
};

}  // namespace vision
