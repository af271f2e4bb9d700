// What a model gives for every pixel, brought to the picture's size.
#pragma once

#include <vector>

#include "bilinear.h"
#include "letterbox.h"

namespace vision {

// Rows of a map, through the input's size to the picture's. Not thread-safe: one per thread.
class DenseMap {
 public:
  // Of so many maps (count, height, width), which cover the whole input. letterboxed: the picture's border in the input
  // is cut off; otherwise the picture covers the input, too, and corners lie on corners. Allocates when a size is not
  // that of the last call.
  void start(const float* maps, int count, int height, int width, const LetterboxPlan& plan, bool letterboxed);

  // Row y of a map, of the picture's width. Rows are asked for from top to bottom. Valid until the next of this map.
  const float* row(int map, int y);

 private:
  // Two rows of each map stay: of the input's size, already of the picture's width.
  const float* line(int map, int y, int other);
  const float* input_row(int map, int y);
  const float* mixed(const float* upper, const float* lower, float weight, std::size_t count, std::vector<float>& out);

  const float* maps_ = nullptr;
  int height_ = 0, width_ = 0;
  bool to_input_ = false, to_picture_ = false;
  BilinearAxis input_columns_, input_rows_, columns_, rows_;
  struct Lines {
    int row[2];
    std::vector<float> values[2];
  };
  std::vector<Lines> lines_;
  std::vector<float> upper_, lower_, input_, mixed_;
};

}  // namespace vision
