#include "pictures/stored_picture.h"

#include <algorithm>

#include "pictures/png.h"

namespace pictures {
namespace {

constexpr std::size_t kChannels = 3;

std::size_t row_bytes(int width) { return kChannels * static_cast<std::size_t>(width); }

void halve(StoredPicture& picture) {
  const int width = std::max(1, picture.width / 2), height = std::max(1, picture.height / 2);
  const std::size_t row = row_bytes(picture.width);
  // A side of one pixel has no second pixel.
  const std::size_t right = picture.width > 1 ? kChannels : 0, below = picture.height > 1 ? row : 0;
  std::vector<std::uint8_t> half(row_bytes(width) * static_cast<std::size_t>(height));
  auto out = half.begin();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::uint8_t* in = picture.rgb.data() + static_cast<std::size_t>(2 * y) * row + row_bytes(2 * x);
      for (std::size_t c = 0; c < kChannels; ++c) {
        *out++ = static_cast<std::uint8_t>((in[c] + in[right + c] + in[below + c] + in[below + right + c]) / 4);
      }
    }
  }
  picture.rgb.swap(half);
  picture.width = width;
  picture.height = height;
  ++picture.halvings;
}

// Empty if it has more bytes than `most`.
std::vector<std::uint8_t> encoded(const StoredPicture& picture, std::size_t most) {
  const std::size_t size = row_bytes(picture.width);
  return png(picture.width, picture.height, Pixels::kRgb, most, [&](int y, std::uint8_t* row) {
    std::copy_n(picture.rgb.data() + static_cast<std::size_t>(y) * size, size, row);
  });
}

}  // namespace

vision::ImageView StoredPicture::view() const {
  return vision::rgb_view(rgb.data(), width, height, static_cast<std::ptrdiff_t>(row_bytes(width)));
}

StoredPicture copy_of(const vision::ImageView& stored, std::size_t most) {
  StoredPicture picture;
  picture.width = stored.width;
  picture.height = stored.height;
  picture.rgb.resize(row_bytes(stored.width) * static_cast<std::size_t>(stored.height));
  auto out = picture.rgb.begin();
  for (int y = 0; y < stored.height; ++y) {
    const std::uint8_t* pixel = stored.row(y);
    for (int x = 0; x < stored.width; ++x, pixel += stored.step_x) {
      for (const std::ptrdiff_t channel : stored.channel) *out++ = pixel[channel];
    }
  }
  while ((picture.png = encoded(picture, most)).empty()) halve(picture);
  return picture;
}

}  // namespace pictures
