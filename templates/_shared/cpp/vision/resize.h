// Bilinear resizing, with the pixels of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image.h"

namespace vision {

// Not thread-safe: one per thread.
class Resizer {
 public:
  // Starts a picture: turned upright, it becomes width x height pixels. Allocates only for the largest picture yet.
  // Throws as `check` does.
  void start(const ImageView& image, int width, int height);

  // Writes red, green and blue of row y to `width` bytes each.
  void write_row(int y, const std::array<std::uint8_t*, 3>& channels);

 private:
  // A target pixel is between two source pixels.
  struct Tap {
    std::ptrdiff_t first, second;
    std::uint16_t first_weight, second_weight;
  };

  static void make_taps(int source, int target, std::vector<Tap>& taps);
  const std::uint16_t* line(int y);

  PictureReader reader_;
  UprightPixels pixels_;
  std::vector<Tap> columns_;  // bytes from the start of a row
  std::vector<Tap> rows_;     // row numbers
  std::vector<int> rows_read_;

  // (3, columns) each: the last even and the last odd row, resized along x.
  std::array<std::vector<std::uint16_t>, 2> lines_;
  std::array<int, 2> line_row_{};  // which row each one is; -1: none
  bool is_same_size_ = false;      // pixels are copied: a camera often has the input's width
};

}  // namespace vision
