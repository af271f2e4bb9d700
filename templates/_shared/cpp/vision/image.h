// A picture in memory, owned by someone else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vision {

enum class PixelFormat { kRgb, kBgr, kRgba, kBgra, kGray };

// Rows may be padded: row y starts at data + y * bytes_per_row. Alpha is ignored.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;   // pixels
  int height = 0;  // pixels
  std::ptrdiff_t bytes_per_row = 0;
  PixelFormat format = PixelFormat::kRgb;
};

}  // namespace vision
