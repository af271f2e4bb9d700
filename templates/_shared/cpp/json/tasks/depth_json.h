// Depth as integers.
#pragma once

#include <cmath>
#include <vector>

#include "vision/result.h"

namespace json {

// The smallest and the largest depth of a picture; 0 without any.
struct Range {
  float lowest = 0, highest = 0;
  bool any = false;
};
Range range_of(const vision::Result& result);

// Scales depths to 0 (smallest) to `most` (largest). A pixel without a depth becomes 0.
template <typename Value>
std::vector<Value> scaled(const vision::Result& result, double most) {
  const Range range = range_of(result);
  const double gain = range.highest > range.lowest ? most / (double{range.highest} - range.lowest) : 0;
  std::vector<Value> map;
  map.reserve(result.depth.size());
  for (const float depth : result.depth) {
    const double value = std::round((double{depth} - range.lowest) * gain);
    map.push_back(value >= 0 && value <= most ? static_cast<Value>(value) : Value{0});
  }
  return map;
}

}  // namespace json
