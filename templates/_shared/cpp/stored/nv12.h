// Pictures with luma and chroma in two planes, as phones' cameras give them (PixelFormat::kNv12). A project that has
// this file among its sources reads them: see PictureReader in vision/image.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "stored/ycbcr.h"
#include "vision/image.h"

namespace vision {

// The `check` of vision/image.h for NV12. Throws std::invalid_argument.
void check_nv12(const ImageView& image);

class Nv12Reader {
 public:
  // Returns the pixels of a picture, valid until the next call. Only these upright rows are converted, or all if the
  // picture is on its side.
  UprightPixels read(const ImageView& image, const std::vector<int>& rows);

 private:
  void convert(const ImageView& image, int stored_row);

  YCbCrRow converter_;
  std::vector<std::uint8_t> rgb_;  // (height, 3, plane): each row's red, then its green and blue
};

}  // namespace vision
