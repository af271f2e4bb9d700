// Frames of a phone's camera: luma and chroma in two planes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stored/ycbcr.h"
#include "vision/image.h"

namespace vision {

// Luma (Y) has one byte a pixel. Chroma has a pair (Cb, Cr) for each 2 x 2 pixels: (width + 1) / 2 pairs in each of
// (height + 1) / 2 rows.
struct Nv12 {
  int width = 0, height = 0;  // pixels
  const std::uint8_t* luma = nullptr;
  std::ptrdiff_t luma_bytes_per_row = 0;
  const std::uint8_t* chroma = nullptr;
  std::ptrdiff_t chroma_bytes_per_row = 0;
  YCbCr encoding = YCbCr::kBt601Video;
};

// Allocates only if a frame's size differs from the last.
class Nv12Converter {
 public:
  // Returns the frame as red, green and blue, valid until the next call.
  ImageView convert(const Nv12& frame);

 private:
  YCbCrRow row_;
  std::vector<std::uint8_t> rgb_;  // (height, 3, plane): each row's red, then its green and blue
};

}  // namespace vision
