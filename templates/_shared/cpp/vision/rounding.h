// Roundings that are the same on every machine: no rounding mode, no fused multiply-add.
#pragma once

#include <cmath>

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

}  // namespace vision
