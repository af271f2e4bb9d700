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
  vision::Orientation orientation = vision::Orientation::kUp;
  int halvings = 0;
  std::vector<std::uint8_t> png;  // of rgb

  // For the detector. Valid as long as the picture.
  vision::ImageView view() const;
};

// Converts luma and chroma as the detector does. A picture whose PNG has more bytes than `most` is halved (four pixels
// become their mean) until it fits. Throws std::invalid_argument for an invalid picture.
StoredPicture stored(const vision::ImageView& image, std::size_t most);

}  // namespace pictures
