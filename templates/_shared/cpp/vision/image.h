// A picture in memory, and where its pixels are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vision {

// An upright picture. Channel c (0 is red) of pixel (x, y) is at row(y)[x * step_x + channel[c]].
struct ImageView {
  const std::uint8_t* first = nullptr;      // of pixel (0, 0)
  int width = 0, height = 0;                // pixels
  std::ptrdiff_t step_x = 0, step_y = 0;    // bytes to the next pixel and to the next row; may be below 0
  std::array<std::ptrdiff_t, 3> channel{};  // bytes from the start of a pixel

  const std::uint8_t* row(int y) const { return first + y * step_y; }
};

// Return the view of pixels that begin with red, green and blue, or with blue, green and red. Row y starts at
// data + y * bytes_per_row. Throw std::invalid_argument for a picture without pixels, or with rows that overlap.
ImageView rgb_view(const std::uint8_t* data, int width, int height, std::ptrdiff_t bytes_per_row,
                   int bytes_per_pixel = 3);
ImageView bgr_view(const std::uint8_t* data, int width, int height, std::ptrdiff_t bytes_per_row,
                   int bytes_per_pixel = 3);

// Throws std::invalid_argument for a picture without pixels.
void check(const ImageView& image);

}  // namespace vision
