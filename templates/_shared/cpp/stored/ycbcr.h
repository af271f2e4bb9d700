// From luma and chroma, as cameras give them, to red, green and blue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vision {

// The matrix of ITU-R BT.601 or BT.709. Video: luma from 16 to 235, chroma from 16 to 240; full: both from 0 to 255.
enum class YCbCr { kBt601Video, kBt601Full, kBt709Video, kBt709Full };

// Fixed-point factors of luma, Cb and Cr, and the offset that is subtracted from each channel.
struct YCbCrWeights {
  std::uint16_t luma, cr_to_red, cb_to_green, cr_to_green, cb_to_blue;
  std::int16_t red_zero, green_zero, blue_zero;
};

// Converts the rows of a picture, one at a time. Allocates only when the width changes.
class YCbCrRow {
 public:
  // For a new picture.
  void begin(int width, YCbCr encoding);

  // chroma: a pair of Cb and Cr for every two pixels. number: which row of chroma it is; one that is the same as in the
  // call before is taken to be what it was. planes: (3, plane_size()) red, green and blue, of which the first `width`
  // bytes each are pixels.
  void convert(const std::uint8_t* luma, const std::uint8_t* chroma, int number, std::uint8_t* planes);

  std::size_t plane_size() const { return plane_size_; }

 private:
  void spread(const std::uint8_t* chroma, std::size_t first, std::size_t count);

  std::size_t width_ = 0, plane_size_ = 0;
  YCbCrWeights weights_{};
  int number_ = 0;                     // of the row whose colours are there
  std::vector<std::int16_t> colours_;  // (3, plane_size): what chroma adds to each pixel's red, green and blue
};

}  // namespace vision
