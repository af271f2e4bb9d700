#include "nv12/nv12_rows.h"

#include <stdexcept>
#include <string>

namespace vision {
namespace {

constexpr int kPair = 2;  // pixels along a side that share their chroma, and bytes that they share

int pairs_of(int pixels) { return (pixels + 1) / kPair; }

// Each plane by itself: luma with one byte a pixel, chroma with a pair of them.
ImageView luma_of(const ImageView& image) {
  ImageView luma = image;
  luma.format = PixelFormat::kGray;
  return luma;
}

ImageView chroma_of(const ImageView& image) {
  ImageView chroma = image;
  chroma.data = image.chroma;
  chroma.width = pairs_of(image.width);
  chroma.height = pairs_of(image.height);
  chroma.bytes_per_row = image.chroma_bytes_per_row;
  return chroma;
}

void add(std::vector<int>& numbers, int number) {
  if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
}

}  // namespace

void check_nv12(const ImageView& image) {
  check(luma_of(image));
  if (image.chroma == nullptr) throw std::invalid_argument("the picture has luma, but no chroma");
  check_rows(" of chroma", pairs_of(image.height), image.chroma_bytes_per_row,
             std::ptrdiff_t{kPair} * pairs_of(image.width));
  const int encoding = static_cast<int>(image.encoding);
  if (encoding < static_cast<int>(YCbCr::kBt601Video) || encoding > static_cast<int>(YCbCr::kBt709Full)) {
    throw std::invalid_argument("the picture is of the unknown encoding " + std::to_string(encoding));
  }
}

void Nv12Rows::prepare(const ImageView& image, const std::vector<int>& rows, const std::vector<int>& columns) {
  last_row_ = upright_height(image) - 1;
  reversed_ = is_reversed(image.orientation);
  std::vector<int> chroma_rows, luma_columns, chroma_columns;
  for (const int y : rows) add(chroma_rows, chroma_row_of(y));
  for (const int column : columns) {  // whole pairs
    const int first = column / kPair * kPair;
    add(chroma_columns, column / kPair);
    if (luma_columns.empty() || luma_columns.back() < first) luma_columns.push_back(first);
    if (first + 1 < upright_width(image)) add(luma_columns, first + 1);
  }
  luma_.prepare(luma_of(image), rows, luma_columns);
  chroma_.prepare_pixels(chroma_of(image), kPair, chroma_rows, chroma_columns);
  converter_.set_width(static_cast<int>(luma_.row_bytes()));
  step_ = 1;
  row_bytes_ = 3 * converter_.plane_size();
  for (std::size_t c = 0; c < 3; ++c) offset_[c] = static_cast<std::ptrdiff_t>(c * converter_.plane_size());
  for (auto& row : converted_) row.resize(row_bytes_);
}

void Nv12Rows::begin(const ImageView& image) {
  luma_.begin(luma_of(image));
  chroma_.begin(chroma_of(image));
  converter_.begin(image.encoding);
}

// Pairs are counted from where the first stored row or column is.
int Nv12Rows::chroma_row_of(int y) const { return reversed_ ? last_row_ / kPair - (last_row_ - y) / kPair : y / kPair; }

const std::uint8_t* Nv12Rows::row(int y) {
  std::uint8_t* planes = converted_[static_cast<std::size_t>(y % 2)].data();
  const int chroma = chroma_row_of(y);
  converter_.convert(luma_.row(y), chroma_.row(chroma), chroma, planes);
  return planes;
}

}  // namespace vision
