// A class map or depth map as integers, for a PNG.
#pragma once

#include <cstdint>
#include <vector>

#include "vision/result.h"

namespace json {

// A value for every pixel of the upright picture, row by row.
struct Greys {
  int bits = 8;  // or 16
  std::vector<std::uint16_t> values;
};

// Defined in the file of the task.
Greys greys_of(const vision::Result& result);

}  // namespace json
