// Maps of floats at another size: torch's interpolate(mode="bilinear") on a CPU.
#pragma once

#include <vector>

namespace vision {

// Where the positions of an axis lie between two neighbours of another size. Those of the source are counted from
// `cut` on. align_corners: the first and the last centres lie on each other, otherwise the outer edges do.
struct BilinearAxis {
  int source = 0, target = 0, cut = 0;
  bool align_corners = false;
  std::vector<int> first, second;
  std::vector<float> weight;  // of the second, 0 to 1

  // Allocates when a size is not that of the last call.
  void prepare(int from, int to, int cut_off = 0, bool corners = false);
};

// out[x] = the row `in` at the positions of the axis. Rows begin at the source's first position.
void resample_row(const float* in, const BilinearAxis& axis, float* out);

}  // namespace vision
