// The rows of a picture as they are when it stands upright, whatever its format and whichever way round it is stored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "image.h"

namespace vision {

// Gray is one channel, all other formats are three.
int channels_of(PixelFormat format);

// Whether the pixels of an upright row are stored in the opposite order, in a row or in a column.
bool is_mirrored(Orientation orientation);

// Whether the upright picture's first row is the last one that is stored, or the last column.
bool is_reversed(Orientation orientation);

// Throws std::invalid_argument for a picture without pixels, with rows that overlap, or of an unknown kind.
void check(const ImageView& image);
void check_rows(const std::string& name, int rows, std::ptrdiff_t apart, std::ptrdiff_t bytes);

class RowSource {
 public:
  virtual ~RowSource() = default;

  // For pictures of this size, format and orientation. rows, columns: which of the upright picture's will be read, by
  // rising number; columns are counted as they are stored. Allocates.
  virtual void prepare(const ImageView& image, const std::vector<int>& rows, const std::vector<int>& columns) = 0;

  // A new frame.
  virtual void begin(const ImageView& image) = 0;

  // Row y of the upright picture, in the order in which its pixels are stored: reading backwards where it is_mirrored
  // costs nothing, turning it around would. Rows are asked for from top to bottom. One stays until the next is asked
  // for, an even one until the odd one below it was read, too. Behind a row of one pixel there is room for another.
  virtual const std::uint8_t* row(int y) = 0;

  // Where a column stands in a row: columns that nobody reads may be left out.
  virtual int place_of(int column) const = 0;

  // Channel c (0 is red) of pixel x is at row[offset(c) + x * step()].
  std::ptrdiff_t offset(int c) const { return offset_[static_cast<std::size_t>(c)]; }
  std::ptrdiff_t step() const { return step_; }
  std::size_t row_bytes() const { return row_bytes_; }  // all that belongs to a row

 protected:
  std::array<std::ptrdiff_t, 3> offset_{};
  std::ptrdiff_t step_ = 0;
  std::size_t row_bytes_ = 0;
};

std::unique_ptr<RowSource> make_rows(PixelFormat format);

// Rows are not copied where they can be read as they are stored. Pictures that lie on their side are turned a block of
// rows at a time, so that what is read together lies together in the processor's cache.
class PixelRows : public RowSource {
 public:
  void prepare(const ImageView& image, const std::vector<int>& rows, const std::vector<int>& columns) override;
  // The same for pixels of so many bytes (1 to 4), whatever the format says.
  void prepare_pixels(const ImageView& image, int bytes, const std::vector<int>& rows, const std::vector<int>& columns);
  void begin(const ImageView& image) override;
  const std::uint8_t* row(int y) override { return on_its_side_ ? turned_row(y) : stored_row(y); }
  int place_of(int column) const override;

 private:
  const std::uint8_t* stored_row(int y);
  const std::uint8_t* turned_row(int y);
  void turn_block(std::size_t first);

  ImageView image_;
  bool on_its_side_ = false, reversed_ = false;
  std::size_t pixel_ = 0;  // bytes

  static constexpr std::size_t kLargestPixel = 4;         // bytes
  std::array<std::uint8_t, 2 * kLargestPixel> single_{};  // a row of one pixel, and room for another

  // Of pictures on their side alone.
  static constexpr std::size_t kBlockRows = 32;
  std::vector<int> rows_, columns_;
  std::size_t block_first_ = 0;  // place in rows_ of the block's first row
  bool has_block_ = false;
  std::size_t block_row_bytes_ = 0;
  std::vector<std::uint8_t> block_;
};

}  // namespace vision
