// The rows of a picture as they are when it stands upright, whatever its format and whichever way round it is stored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image.h"
#include "ycbcr.h"

namespace vision {

// Gray is one channel, all other formats are three.
int channels_of(PixelFormat format);

// Whether the pixels of an upright row are stored in the opposite order, in a row or in a column.
bool is_mirrored(Orientation orientation);

// Throws std::invalid_argument for a picture without pixels, with rows that overlap, or of an unknown kind.
void check(const ImageView& image);

// Rows are not copied where they can be read as they are stored. Pictures that lie on their side are turned a block of
// rows at a time, so that what is read together lies together in the processor's cache.
class PixelRows {
 public:
  // For pictures of this size, format and orientation. rows, columns: which of the upright picture's will be read, by
  // rising number; columns are counted as they are stored. Allocates.
  void prepare(const ImageView& image, const std::vector<int>& rows, const std::vector<int>& columns);

  // A new frame.
  void begin(const ImageView& image);

  // Row y of the upright picture, in the order in which its pixels are stored: reading backwards where it is_mirrored
  // costs nothing, turning it around would. Rows are asked for from top to bottom. One stays until the next is asked
  // for, an even one until the odd one below it was read, too. Behind a row of one pixel there is room for another.
  const std::uint8_t* row(int y);

  // Bytes from row y to another where rows are read as they are stored; 0 where they are made when they are asked for.
  std::ptrdiff_t distance(int y, int other) const;

  // Channel c (0 is red) of pixel x is at row[offset(c) + x * step()].
  std::ptrdiff_t offset(int c) const { return offset_[static_cast<std::size_t>(c)]; }
  std::ptrdiff_t step() const { return step_; }
  std::size_t row_bytes() const { return row_bytes_; }  // all that belongs to a row

  // Where a column stands in a row: columns that nobody reads may be left out.
  int place_of(int column) const;

 private:
  const std::uint8_t* stored_row(int y);
  const std::uint8_t* turned_row(int y);
  const std::uint8_t* converted(int y, const std::uint8_t* luma, const std::uint8_t* chroma, int number);
  void turn_block(std::size_t first);
  int stored_column(int y) const;

  ImageView image_;
  bool on_its_side_ = false, reversed_ = false;
  std::size_t pixel_ = 0;  // bytes
  std::array<std::ptrdiff_t, 3> offset_{};
  std::ptrdiff_t step_ = 0;
  std::size_t row_bytes_ = 0;

  static constexpr std::size_t kLargestPixel = 4;         // bytes
  std::array<std::uint8_t, 2 * kLargestPixel> single_{};  // a row of one pixel, and room for another

  // Of kNv12 alone.
  YCbCrRow converter_;
  std::array<std::vector<std::uint8_t>, 2> converted_;  // (3, plane): an even and an odd row

  // Of pictures on their side alone.
  static constexpr std::size_t kBlockRows = 32;
  std::vector<int> rows_, columns_, chroma_columns_;
  std::size_t block_first_ = 0;  // place in rows_ of the block's first row
  bool has_block_ = false;
  std::size_t block_row_bytes_ = 0, chroma_row_bytes_ = 0;
  std::vector<std::uint8_t> block_, chroma_block_;
  std::array<std::size_t, kBlockRows> chroma_place_{};  // which row of chroma_block_ belongs to a row of block_
};

}  // namespace vision
