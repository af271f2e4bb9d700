// The numbers of tensors, and roundings that are the same on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "model_info.h"

namespace vision {

// Rounds to the nearest whole number, halves to the even one (Python's `round`, OpenCV's `cvRound`).
// std::nearbyint depends on the rounding mode.
template <typename Real>
inline int round_half_even(Real value) {
  const Real lower = std::floor(value);
  const Real rest = value - lower;
  const int whole = static_cast<int>(lower);
  const bool up = rest > Real(0.5) || (rest == Real(0.5) && whole % 2 != 0);
  return up ? whole + 1 : whole;
}

// Returns the value, rounded to its type. Compilers for ARM fuse a product and a sum into one operation with one
// rounding, which can change the last bit. A product that passes through here is rounded by itself, as on x86.
template <typename Real>
inline Real rounded(Real value) {
  const volatile Real stored = value;
  return stored;
}

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

// A tensor's values, owned by the runtime: in the order of its dimensions, without gaps.
struct TensorView : Numbers {
  Shape shape;

  TensorView(const Numbers& numbers, const Shape& of) : Numbers(numbers), shape(of) {}
  const Numbers& numbers() const { return *this; }
};

}  // namespace vision
