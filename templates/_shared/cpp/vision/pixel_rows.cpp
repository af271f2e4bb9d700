#include "pixel_rows.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#if __has_include("nv12/nv12_rows.h")
#include "nv12/nv12_rows.h"
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

// The byte of channel c (0 is red) within a pixel.
int byte_of_channel(PixelFormat format, int c) {
  switch (format) {
    case PixelFormat::kBgr:
    case PixelFormat::kBgra:
      return 2 - c;
    case PixelFormat::kGray:
      return 0;
    default:
      return c;
  }
}

// Makes rows of columns: pixel i of row k is the one at offset[k] of the stored row lines[i].
template <std::size_t kPixel>
void turn(const std::uint8_t* data, std::ptrdiff_t bytes_per_row, const std::vector<int>& lines,
          const std::ptrdiff_t* offset, std::size_t rows, std::uint8_t* __restrict out, std::size_t out_bytes_per_row) {
  // Lines at a time: so many pixels of a row are stored at once. Pixels of three bytes would only be slower for it.
  constexpr std::size_t kTogether = 8;
  std::size_t i = 0;
  for (; kPixel != 3 && i + kTogether <= lines.size(); i += kTogether) {
    const std::uint8_t* line[kTogether];
    for (std::size_t j = 0; j < kTogether; ++j) line[j] = data + lines[i + j] * bytes_per_row;
    for (std::size_t k = 0; k < rows; ++k) {
      std::uint8_t pixels[kTogether * kPixel];
      for (std::size_t j = 0; j < kTogether; ++j) std::memcpy(pixels + j * kPixel, line[j] + offset[k], kPixel);
      std::memcpy(out + k * out_bytes_per_row + i * kPixel, pixels, sizeof pixels);
    }
  }
  for (; i < lines.size(); ++i) {
    const std::uint8_t* line = data + lines[i] * bytes_per_row;
    for (std::size_t k = 0; k < rows; ++k) {
      std::memcpy(out + k * out_bytes_per_row + i * kPixel, line + offset[k], kPixel);
    }
  }
}

}  // namespace

int channels_of(PixelFormat format) { return format == PixelFormat::kGray ? 1 : 3; }

bool is_mirrored(Orientation orientation) {
  switch (orientation) {
    case Orientation::kUpMirrored:
    case Orientation::kDown:
    case Orientation::kRight:
    case Orientation::kRightMirrored:
      return true;
    default:
      return false;
  }
}

bool is_reversed(Orientation orientation) {
  switch (orientation) {
    case Orientation::kDown:
    case Orientation::kDownMirrored:
    case Orientation::kRightMirrored:
    case Orientation::kLeft:
      return true;
    default:
      return false;
  }
}

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

std::unique_ptr<RowSource> make_rows([[maybe_unused]] PixelFormat format) {
#ifdef VISION_HAS_NV12
  if (format == PixelFormat::kNv12) return std::make_unique<Nv12Rows>();
#endif
  return std::make_unique<PixelRows>();
}

void PixelRows::prepare(const ImageView& image, const std::vector<int>& rows, const std::vector<int>& columns) {
  prepare_pixels(image, bytes_per_pixel(image.format), rows, columns);
  for (int c = 0; c < 3; ++c) offset_[static_cast<std::size_t>(c)] = byte_of_channel(image.format, c);
}

void PixelRows::prepare_pixels(const ImageView& image, int bytes, const std::vector<int>& rows,
                               const std::vector<int>& columns) {
  on_its_side_ = is_turned_on_its_side(image.orientation);
  reversed_ = is_reversed(image.orientation);
  pixel_ = static_cast<std::size_t>(bytes);
  step_ = bytes;
  std::size_t length = static_cast<std::size_t>(image.width);
  if (on_its_side_) {
    rows_ = rows;
    columns_ = columns;
    length = columns_.size();
    block_row_bytes_ = (length + 1) * pixel_;  // a second pixel for rows of one
    block_.resize(kBlockRows * block_row_bytes_);
  }
  row_bytes_ = length * pixel_;
}

void PixelRows::begin(const ImageView& image) {
  image_ = image;
  has_block_ = false;
}

int PixelRows::place_of(int column) const {
  if (!on_its_side_) return column;
  return static_cast<int>(std::lower_bound(columns_.begin(), columns_.end(), column) - columns_.begin());
}

const std::uint8_t* PixelRows::stored_row(int y) {
  const int stored = reversed_ ? image_.height - 1 - y : y;
  const std::uint8_t* pixels = image_.data + stored * image_.bytes_per_row;
  if (image_.width > 1) return pixels;
  std::copy(pixels, pixels + pixel_, single_.data());
  return single_.data();
}

const std::uint8_t* PixelRows::turned_row(int y) {
  const auto place = static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), y) - rows_.begin());
  const std::size_t first = place / kBlockRows * kBlockRows;
  if (!has_block_ || first != block_first_) turn_block(first);
  return block_.data() + (place - first) * block_row_bytes_;
}

void PixelRows::turn_block(std::size_t first) {
  const std::size_t rows = std::min(kBlockRows, rows_.size() - first);
  std::array<std::ptrdiff_t, kBlockRows> offset{};
  for (std::size_t k = 0; k < rows; ++k) {
    const int y = rows_[first + k];
    offset[k] = (reversed_ ? image_.width - 1 - y : y) * step_;
  }
  const auto turn_pixels = pixel_ == 1 ? turn<1> : pixel_ == 2 ? turn<2> : pixel_ == 3 ? turn<3> : turn<4>;
  turn_pixels(image_.data, image_.bytes_per_row, columns_, offset.data(), rows, block_.data(), block_row_bytes_);
  block_first_ = first;
  has_block_ = true;
}

}  // namespace vision
