#include "image.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace vision {

void check(const ImageView& image) {
  if (image.first == nullptr || image.width < 1 || image.height < 1) {
    throw std::invalid_argument("the picture has no pixels (" + std::to_string(image.width) + " x " +
                                std::to_string(image.height) + ")");
  }
}

ImageView rgb_view(const std::uint8_t* data, int width, int height, std::ptrdiff_t bytes_per_row, int bytes_per_pixel) {
  const ImageView image{data, width, height, bytes_per_pixel, bytes_per_row, {0, 1, 2}};
  check(image);
  const std::ptrdiff_t bytes = std::ptrdiff_t{width} * bytes_per_pixel;
  if (height > 1 && std::abs(bytes_per_row) < bytes) {
    throw std::invalid_argument("the picture's rows are " + std::to_string(bytes_per_row) + " bytes apart, but have " +
                                std::to_string(bytes) + " bytes");
  }
  return image;
}

ImageView bgr_view(const std::uint8_t* data, int width, int height, std::ptrdiff_t bytes_per_row, int bytes_per_pixel) {
  ImageView image = rgb_view(data, width, height, bytes_per_row, bytes_per_pixel);
  image.channel = {2, 1, 0};
  return image;
}

}  // namespace vision
