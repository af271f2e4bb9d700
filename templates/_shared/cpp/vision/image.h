// A picture in memory, and access to its pixels as if it were upright.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vision {

// kNv12 is for iOS projects only. It has two planes: luma (Y), one byte a pixel, and chroma (Cb, Cr) for each 2 x 2
// pixels, (width + 1) / 2 pairs in each of (height + 1) / 2 rows.
enum class PixelFormat { kRgb, kBgr, kRgba, kBgra, kGray, kNv12 };

// The matrix of ITU-R BT.601 or BT.709. Video: luma from 16 to 235, chroma from 16 to 240; full: both from 0 to 255.
enum class YCbCr { kBt601Video, kBt601Full, kBt709Video, kBt709Full };

// How the stored picture becomes upright, with EXIF's numbers.
enum class Orientation {
  kUp = 1,             // as stored
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
  // kNv12 only
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

// Throws std::invalid_argument for a picture without pixels, with rows that overlap, or of an unknown kind.
void check(const ImageView& image);
void check_rows(const std::string& name, int rows, std::ptrdiff_t apart, std::ptrdiff_t bytes);

// The pixels of an upright picture. Channel c (0 is red) of pixel (x, y) is at row(y)[x * step_x + channel[c]].
struct UprightPixels {
  const std::uint8_t* first = nullptr;      // of pixel (0, 0)
  std::ptrdiff_t step_x = 0, step_y = 0;    // bytes to the next pixel and row; below 0 if stored in the other order
  std::array<std::ptrdiff_t, 3> channel{};  // bytes from the start of a pixel
  int width = 0, height = 0;
  int bytes_per_pixel = 0;

  const std::uint8_t* row(int y) const { return first + y * step_y; }
};

// Returns the pixels of stored rows at `data`, as the orientation of `image` turns them.
UprightPixels turn_upright(const ImageView& image, const std::uint8_t* data, std::ptrdiff_t bytes_per_row,
                           int bytes_per_pixel, const std::array<std::ptrdiff_t, 3>& channel);

class Nv12Reader;

// Reads pictures of any format. Not thread-safe: one per thread.
class PictureReader {
 public:
  // Returns the pixels of a picture, valid until the next call. rows: the upright rows that will be read; NV12 is
  // converted for these only. Throws as `check` does.
  UprightPixels read(const ImageView& image, const std::vector<int>& rows);

 private:
  std::shared_ptr<Nv12Reader> nv12_;
};

}  // namespace vision
