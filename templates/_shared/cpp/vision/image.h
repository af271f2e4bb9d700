// A picture in memory, and where its pixels are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace vision {

// An upright picture. Channel c (0 is red) of pixel (x, y) is at row(y)[x * step_x + channel[c]].
struct ImageView {
  const std::uint8_t* first = nullptr;      // of pixel (0, 0)
  int width = 0, height = 0;                // pixels
  std::ptrdiff_t step_x = 0, step_y = 0;    // bytes to the next pixel and to the next row; may be below 0
  std::array<std::ptrdiff_t, 3> channel{};  // bytes from the start of a pixel

  const std::uint8_t* row(int y) const { return first + y * step_y; }
};

// Throws std::invalid_argument for a picture without pixels.
inline void check_pixels(const ImageView& image) {
  if (image.first == nullptr || image.width < 1 || image.height < 1) {
    throw std::invalid_argument("the picture has no pixels (" + std::to_string(image.width) + " x " +
                                std::to_string(image.height) + ")");
  }
}

// Returns the view of pixels that begin with red, green and blue. Row y starts at data + y * bytes_per_row. Throws
// std::invalid_argument for a picture without pixels, or with rows that overlap.
inline ImageView rgb_view(const std::uint8_t* data, int width, int height, std::ptrdiff_t bytes_per_row,
                          int bytes_per_pixel = 3) {
  const ImageView image{data, width, height, bytes_per_pixel, bytes_per_row, {0, 1, 2}};
  check_pixels(image);
  const std::ptrdiff_t bytes = std::ptrdiff_t{width} * bytes_per_pixel;
  if (height > 1 && std::abs(bytes_per_row) < bytes) {
    throw std::invalid_argument("the picture's rows are " + std::to_string(bytes_per_row) + " bytes apart, but have " +
                                std::to_string(bytes) + " bytes");
  }
  return image;
}

// The same for blue, green and red, as OpenCV has them.
inline ImageView bgr_view(const std::uint8_t* data, int width, int height, std::ptrdiff_t bytes_per_row,
                          int bytes_per_pixel = 3) {
  ImageView image = rgb_view(data, width, height, bytes_per_row, bytes_per_pixel);
  image.channel = {2, 1, 0};
  return image;
}

}  // namespace vision
