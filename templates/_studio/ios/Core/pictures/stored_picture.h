// A picture of any format as red, green and blue, as it is stored: neither turned nor mirrored.
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
  std::vector<std::uint8_t> png;  // the same

  // As the detector takes it; valid as long as the picture.
  vision::ImageView view() const;
};

// By the rows that the detector reads, luma and chroma converted alike. One whose PNG has more bytes than `most` is
// halved until it has not: four pixels become their mean. Throws std::invalid_argument for a picture that cannot be.
StoredPicture stored(const vision::ImageView& image, std::size_t most);

}  // namespace pictures
