#include "vision/bilinear.h"

#include <algorithm>
#include <cstddef>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kPixelCentre = 0.5F;

}  // namespace

void BilinearAxis::prepare(int from, int to, int cut_off, bool corners) {
  if (source == from && target == to && cut == cut_off && align_corners == corners) return;
  source = from;
  target = to;
  cut = cut_off;
  align_corners = corners;
  const auto count = static_cast<std::size_t>(to);
  first.resize(count);
  second.resize(count);
  weight.resize(count);
  const double step = !corners ? static_cast<double>(from) / to : to > 1 ? (from - 1.0) / (to - 1) : 0;
  const auto scale = static_cast<float>(step);
  for (std::size_t i = 0; i < count; ++i) {
    const auto position = static_cast<float>(i);
    const float place = corners ? position * scale : std::max((position + kPixelCentre) * scale - kPixelCentre, 0.0F);
    const int lower = std::min(static_cast<int>(place), from - 1);
    first[i] = cut + lower;
    second[i] = cut + std::min(lower + 1, from - 1);
    weight[i] = std::clamp(place - static_cast<float>(lower), 0.0F, 1.0F);
  }
}

void resample_row(const float* in, const BilinearAxis& axis, float* out) {
  for (std::size_t x = 0; x < axis.first.size(); ++x) {
    out[x] = (1 - axis.weight[x]) * in[axis.first[x]] + axis.weight[x] * in[axis.second[x]];
  }
}

}  // namespace vision
