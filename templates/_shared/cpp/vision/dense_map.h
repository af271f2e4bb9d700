// Brings the values that a model gives for every pixel to the picture's size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/bilinear.h"
#include "vision/letterbox.h"

namespace vision {

inline constexpr std::uint16_t kNoClass = 255;  // in a class map: the pixel's class is not shown

// Resizes maps to the input's size, then to the picture's. Not thread-safe: one per thread.
class DenseMap {
 public:
  // maps: (count, height, width), which cover the whole input. letterboxed: cuts off the border; otherwise the picture
  // covers the input too, and corners are aligned. Allocates only if a size differs from that of the last call.
  void start(const float* maps, int count, int height, int width, const LetterboxPlan& plan, bool letterboxed);

  // Returns row y of a map, in the picture's width, valid until the next call for this map. Call it from top to bottom.
  const float* row(int map, int y);

 private:
  // Keeps two rows of each map, already in the picture's width.
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

// Resizes a map of a result. Frees the memory of a much larger picture: frames of a camera may follow a photo of 50
// megapixels.
template <typename T>
void set_size(std::vector<T>& map, std::size_t size) {
  if (map.capacity() / 4 > size) std::vector<T>().swap(map);
  map.resize(size);
}

}  // namespace vision
