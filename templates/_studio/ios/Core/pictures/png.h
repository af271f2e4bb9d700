// A picture as PNG, byte for byte what it is given: what the system encodes has passed through colour spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace pictures {

enum class Pixels { kGrey, kDeepGrey, kRgb };  // 1 byte; 2, the higher one first; 3

// Row y is written by fill(y, row). Empty: it would have more bytes than `most`, which is noticed as early as it can
// be.
std::vector<std::uint8_t> png(int width, int height, Pixels pixels, std::size_t most,
                              const std::function<void(int y, std::uint8_t* row)>& fill);

}  // namespace pictures
