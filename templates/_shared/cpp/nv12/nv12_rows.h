// The rows of pictures whose luma and chroma lie apart, as phones' cameras give them (PixelFormat::kNv12). A project
// that has this file among its sources reads such pictures: see make_rows in vision/pixel_rows.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nv12/ycbcr.h"
#include "vision/pixel_rows.h"

namespace vision {

// As `check` does for other pictures. Throws std::invalid_argument.
void check_nv12(const ImageView& image);

class Nv12Rows : public RowSource {
 public:
  void prepare(const ImageView& image, const std::vector<int>& rows, const std::vector<int>& columns) override;
  void begin(const ImageView& image) override;
  const std::uint8_t* row(int y) override;
  int place_of(int column) const override { return luma_.place_of(column); }

 private:
  int chroma_row_of(int y) const;

  int last_row_ = 0;  // of the upright picture
  bool reversed_ = false;
  PixelRows luma_, chroma_;
  YCbCrRow converter_;
  std::array<std::vector<std::uint8_t>, 2> converted_;  // (3, plane): an even and an odd row
};

}  // namespace vision
