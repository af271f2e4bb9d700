// Resizes maps of floats like torch's interpolate(mode="bilinear") on a CPU.
#pragma once

#include <vector>

namespace vision {

// For each target position of an axis, its two neighbours in the source and the weight of the second. Source positions
// are counted from `cut` on. align_corners: the first and last centres coincide; otherwise the outer edges do.
struct BilinearAxis {
  int source = 0, target = 0, cut = 0;
  bool align_corners = false;
  std::vector<int> first, second;
  std::vector<float> weight;  // of the second, 0 to 1

  // Allocates only if a size differs from that of the last call.
  void prepare(int from, int to, int cut_off = 0, bool corners = false);
};

// Resizes a row, which begins at the source's first position.
void resample_row(const float* in, const BilinearAxis& axis, float* out);

}  // namespace vision
