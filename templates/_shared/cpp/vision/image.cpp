#include "image.h"

#include <stdexcept>
#include <utility>

#if __has_include("stored/nv12.h")
#include "stored/nv12.h"
#define VISION_HAS_NV12
#endif

namespace vision {
namespace {

int bytes_per_pixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb:
    case PixelFormat::kBgr:
      return 3;
    case PixelFormat::kRgba:
    case PixelFormat::kBgra:
      return 4;
    case PixelFormat::kGray:
      return 1;
    case PixelFormat::kNv12:
      throw std::invalid_argument("the picture is NV12: convert it to RGB or BGR first");
  }
  throw std::invalid_argument("the picture is of the unknown format " + std::to_string(static_cast<int>(format)));
}

}  // namespace

void check_rows(const std::string& name, int rows, std::ptrdiff_t apart, std::ptrdiff_t bytes) {
  if (rows > 1 && apart < bytes && apart > -bytes) {
    throw std::invalid_argument("the picture's rows" + name + " are " + std::to_string(apart) +
                                " bytes apart, but have " + std::to_string(bytes) + " bytes");
  }
}

void check(const ImageView& image) {
#ifdef VISION_HAS_NV12
  if (image.format == PixelFormat::kNv12) return check_nv12(image);
#endif
  if (image.data == nullptr || image.width < 1 || image.height < 1) {
    throw std::invalid_argument("the picture has no pixels (" + std::to_string(image.width) + " x " +
                                std::to_string(image.height) + ")");
  }
  const int orientation = static_cast<int>(image.orientation);
  if (orientation < static_cast<int>(Orientation::kUp) || orientation > static_cast<int>(Orientation::kLeft)) {
    throw std::invalid_argument("the picture's orientation is " + std::to_string(orientation) + ", but must be 1 to 8");
  }
  check_rows("", image.height, image.bytes_per_row, std::ptrdiff_t{image.width} * bytes_per_pixel(image.format));
}

UprightPixels turn_upright(const ImageView& image, const std::uint8_t* data, std::ptrdiff_t bytes_per_row,
                           int bytes_per_pixel, const std::array<std::ptrdiff_t, 3>& channel) {
  UprightPixels pixels{
      data, bytes_per_pixel, bytes_per_row, channel, upright_width(image), upright_height(image), bytes_per_pixel};
  if (is_turned_on_its_side(image.orientation)) std::swap(pixels.step_x, pixels.step_y);
  const auto is_one_of = [&](Orientation a, Orientation b, Orientation c, Orientation d) {
    return image.orientation == a || image.orientation == b || image.orientation == c || image.orientation == d;
  };
  if (is_one_of(Orientation::kUpMirrored, Orientation::kDown, Orientation::kRight, Orientation::kRightMirrored)) {
    pixels.first += (pixels.width - 1) * pixels.step_x;  // from right to left
    pixels.step_x = -pixels.step_x;
  }
  if (is_one_of(Orientation::kDown, Orientation::kDownMirrored, Orientation::kRightMirrored, Orientation::kLeft)) {
    pixels.first += (pixels.height - 1) * pixels.step_y;  // from bottom to top
    pixels.step_y = -pixels.step_y;
  }
  return pixels;
}

UprightPixels PictureReader::read(const ImageView& image, [[maybe_unused]] const std::vector<int>& rows) {
  check(image);
#ifdef VISION_HAS_NV12
  if (image.format == PixelFormat::kNv12) {
    if (nv12_ == nullptr) nv12_ = std::make_shared<Nv12Reader>();
    return nv12_->read(image, rows);
  }
#endif
  std::array<std::ptrdiff_t, 3> channel = {0, 1, 2};
  if (image.format == PixelFormat::kBgr || image.format == PixelFormat::kBgra) channel = {2, 1, 0};
  if (image.format == PixelFormat::kGray) channel = {0, 0, 0};
  return turn_upright(image, image.data, image.bytes_per_row, bytes_per_pixel(image.format), channel);
}

}  // namespace vision
