// Writes PNG files with exactly the given bytes. The system's encoder would convert colour spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace pictures {

enum class Pixels { kGrey, kDeepGrey, kRgb };  // 1 byte; 2, the higher one first; 3

// fill(y, row) writes row y. Returns nothing if the file has more bytes than `most`, and stops early.
std::vector<std::uint8_t> png(int width, int height, Pixels pixels, std::size_t most,
                              const std::function<void(int y, std::uint8_t* row)>& fill);

}  // namespace pictures
