#include "stored/nv12.h"

#include <stdexcept>
#include <string>

namespace vision {
namespace {

constexpr int kPair = 2;  // pixels along a side that share their chroma, and bytes that they share

int pairs_of(int pixels) { return (pixels + 1) / kPair; }

}  // namespace

void check_nv12(const ImageView& image) {
  ImageView luma = image;
  luma.format = PixelFormat::kGray;
  check(luma);
  if (image.chroma == nullptr) throw std::invalid_argument("the picture has luma, but no chroma");
  check_rows(" of chroma", pairs_of(image.height), image.chroma_bytes_per_row,
             std::ptrdiff_t{kPair} * pairs_of(image.width));
  const int encoding = static_cast<int>(image.encoding);
  if (encoding < static_cast<int>(YCbCr::kBt601Video) || encoding > static_cast<int>(YCbCr::kBt709Full)) {
    throw std::invalid_argument("the picture is of the unknown encoding " + std::to_string(encoding));
  }
}

UprightPixels Nv12Reader::read(const ImageView& image, const std::vector<int>& rows) {
  converter_.set_width(image.width);
  converter_.begin(image.encoding);
  const std::size_t row_bytes = 3 * converter_.plane_size();
  rgb_.resize(static_cast<std::size_t>(image.height) * row_bytes);
  const auto plane = static_cast<std::ptrdiff_t>(converter_.plane_size());
  const UprightPixels pixels = turn_upright(image, rgb_.data(), 3 * plane, 1, {0, plane, 2 * plane});
  if (is_turned_on_its_side(image.orientation)) {
    for (int y = 0; y < image.height; ++y) convert(image, y);
  } else {
    int converted = -1;
    for (const int y : rows) {
      if (y == converted) continue;
      convert(image, pixels.step_y < 0 ? image.height - 1 - y : y);
      converted = y;
    }
  }
  return pixels;
}

void Nv12Reader::convert(const ImageView& image, int stored_row) {
  const int pair = stored_row / kPair;
  std::uint8_t* planes = rgb_.data() + static_cast<std::size_t>(stored_row) * 3 * converter_.plane_size();
  converter_.convert(image.data + stored_row * image.bytes_per_row, image.chroma + pair * image.chroma_bytes_per_row,
                     pair, planes);
}

}  // namespace vision
