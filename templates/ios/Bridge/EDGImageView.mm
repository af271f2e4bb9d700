#import "EDGBridge.h"

#include <cstdint>
#include <limits>

namespace bridge {
namespace {

constexpr NSInteger kMaxBytesPerPixel = 4;
// The core counts the bytes of a row in 32 bits.
constexpr NSInteger kMaxSide = std::numeric_limits<std::int32_t>::max() / kMaxBytesPerPixel;

[[noreturn]] void refuse(const std::string &message) {
  throw InvalidArgument(
      EDGErrorInvalidImage, message,
      "Pass the base address, the size in pixels and the bytes per row that the pixel buffer itself gives");
}

struct Format {
  vision::PixelFormat core;
  NSInteger bytes_per_pixel;
};

Format checked(EDGPixelFormat format) {
  switch (format) {
    case EDGPixelFormatBGRA:
      return {vision::PixelFormat::kBgra, 4};
    case EDGPixelFormatRGBA:
      return {vision::PixelFormat::kRgba, 4};
    case EDGPixelFormatRGB:
      return {vision::PixelFormat::kRgb, 3};
  }
  refuse("there is no pixel format " + std::to_string(format));
}

vision::YCbCr checked(EDGYCbCrEncoding encoding) {
  switch (encoding) {
    case EDGYCbCrEncodingBT601Video:
      return vision::YCbCr::kBt601Video;
    case EDGYCbCrEncodingBT601Full:
      return vision::YCbCr::kBt601Full;
    case EDGYCbCrEncodingBT709Video:
      return vision::YCbCr::kBt709Video;
    case EDGYCbCrEncodingBT709Full:
      return vision::YCbCr::kBt709Full;
  }
  refuse("there is no YCbCr encoding " + std::to_string(encoding));
}

vision::Orientation checked(EDGImageOrientation orientation) {
  if (orientation < EDGImageOrientationUp || orientation > EDGImageOrientationLeft) {
    refuse("there is no orientation " + std::to_string(orientation));
  }
  return static_cast<vision::Orientation>(orientation);  // both are EXIF's numbers
}

void check(Size size) {
  for (const NSInteger side : {size.width, size.height}) {
    if (side < 1 || side > kMaxSide) {
      refuse("a picture of " + std::to_string(size.width) + " x " + std::to_string(size.height) +
             " pixels: sides must lie between 1 and " + std::to_string(kMaxSide));
    }
  }
}

const std::uint8_t *checked(Plane plane, NSInteger bytes_of_row, NSInteger rows, const std::string &name) {
  if (plane.bytes == nullptr) refuse(name + " has no bytes");
  if (plane.bytes_per_row < bytes_of_row || plane.bytes_per_row > std::numeric_limits<NSInteger>::max() / rows) {
    refuse(name + " has " + std::to_string(plane.bytes_per_row) + " bytes per row, but " + std::to_string(rows) +
           " rows of " + std::to_string(bytes_of_row) + " bytes are needed");
  }
  return static_cast<const std::uint8_t *>(plane.bytes);
}

vision::ImageView sized(Size size, EDGImageOrientation orientation) {
  check(size);
  vision::ImageView view;
  view.width = static_cast<int>(size.width);
  view.height = static_cast<int>(size.height);
  view.orientation = checked(orientation);
  return view;
}

}  // namespace

vision::ImageView packed_image(Plane pixels, Size size, EDGPixelFormat format, EDGImageOrientation orientation) {
  vision::ImageView view = sized(size, orientation);
  const Format stored = checked(format);
  view.format = stored.core;
  view.data = checked(pixels, size.width * stored.bytes_per_pixel, size.height, "the picture");
  view.bytes_per_row = pixels.bytes_per_row;
  return view;
}

vision::ImageView biplanar_image(Plane luma, Plane chroma, Size size, EDGYCbCrEncoding encoding,
                                 EDGImageOrientation orientation) {
  vision::ImageView view = sized(size, orientation);
  view.format = vision::PixelFormat::kNv12;
  view.encoding = checked(encoding);
  view.data = checked(luma, size.width, size.height, "luma");
  view.bytes_per_row = luma.bytes_per_row;
  const NSInteger columns = (size.width + 1) / 2, rows = (size.height + 1) / 2;
  view.chroma = checked(chroma, 2 * columns, rows, "chroma");
  view.chroma_bytes_per_row = chroma.bytes_per_row;
  return view;
}

}  // namespace bridge
