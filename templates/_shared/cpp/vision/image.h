// A view of a picture in memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vision {

// kNv12 is for iOS projects alone: two planes. The data is luma (Y), one byte a pixel; chroma has (Cb, Cr) for each
// 2 x 2 pixels, (width + 1) / 2 pairs in each of (height + 1) / 2 rows.
enum class PixelFormat { kRgb, kBgr, kRgba, kBgra, kGray, kNv12 };

// What the numbers of kNv12 mean: the matrix of ITU-R BT.601 or BT.709, with luma from 16 to 235 and chroma from 16 to
// 240 (video), or all from 0 to 255 (full).
enum class YCbCr { kBt601Video, kBt601Full, kBt709Video, kBt709Full };

// EXIF's numbers, and how the stored picture becomes upright.
enum class Orientation {
  kUp = 1,             // it is
  kUpMirrored = 2,     // left and right exchanged
  kDown = 3,           // turned by 180 degrees
  kDownMirrored = 4,   // top and bottom exchanged
  kLeftMirrored = 5,   // rows and columns exchanged
  kRight = 6,          // turned clockwise by 90 degrees
  kRightMirrored = 7,  // turned by 180 degrees, and rows and columns exchanged
  kLeft = 8,           // turned counter-clockwise by 90 degrees
};

// Rows may be padded: row y starts at data + y * bytes_per_row. Alpha is ignored.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;   // pixels, as stored
  int height = 0;  // pixels
  std::ptrdiff_t bytes_per_row = 0;
  PixelFormat format = PixelFormat::kRgb;
  Orientation orientation = Orientation::kUp;
  // Of kNv12 alone.
  const std::uint8_t* chroma = nullptr;
  std::ptrdiff_t chroma_bytes_per_row = 0;
  YCbCr encoding = YCbCr::kBt601Video;
};

// Whether rows become columns when the picture is turned upright.
constexpr bool is_turned_on_its_side(Orientation orientation) { return orientation >= Orientation::kLeftMirrored; }

constexpr int upright_width(const ImageView& image) {
  return is_turned_on_its_side(image.orientation) ? image.height : image.width;
}

constexpr int upright_height(const ImageView& image) {
  return is_turned_on_its_side(image.orientation) ? image.width : image.height;
}

}  // namespace vision
