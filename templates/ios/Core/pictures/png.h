// A picture as PNG, byte for byte what it is given: what the system encodes has passed through colour spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace pictures {

enum class Pixels { kGrey, kDeepGrey, kRgb };  // 1 byte; 2, the higher one first; 3

// Not compressed, which takes no library: so its size is known before. Row y is written by fill(y, row).
std::vector<std::uint8_t> png(int width, int height, Pixels pixels,
                              const std::function<void(int y, std::uint8_t* row)>& fill);
std::size_t png_bytes(int width, int height, Pixels pixels);

}  // namespace pictures
