// A picture of any format as RGB, as it is stored: not turned, not mirrored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/image.h"

namespace pictures {

struct StoredPicture {
  std::vector<std::uint8_t> rgb;
  int width = 0, height = 0;
  int halvings = 0;
  std::vector<std::uint8_t> png;  // of rgb

  // Valid as long as the picture.
  vision::ImageView view() const;
};

// A picture whose PNG has more bytes than `most` is halved (four pixels become their mean) until it fits.
StoredPicture copy_of(const vision::ImageView& stored, std::size_t most);

}  // namespace pictures
