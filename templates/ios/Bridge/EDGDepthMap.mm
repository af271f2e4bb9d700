#import "EDGBridge.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#import "EDGMapData.h"

namespace {

constexpr double kLastColor = 255;

}  // namespace

@implementation EDGDepthMap

- (instancetype)initWithCore:(const vision::Result &)result {
  if ((self = [super init])) {
    const std::vector<float> &map = result.depth;
    _width = result.width;
    _height = result.height;
    const std::size_t size = map.size() * sizeof(float);
    _values = bridge::block_data(size, [&](std::uint8_t *out) { std::memcpy(out, map.data(), size); });
    float lowest = std::numeric_limits<float>::infinity(), highest = -lowest;
    for (const float value : map) {
      if (!std::isfinite(value)) continue;
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
    const bool is_any = lowest <= highest;
    _lowest = is_any ? lowest : std::numeric_limits<float>::quiet_NaN();
    _highest = is_any ? highest : std::numeric_limits<float>::quiet_NaN();
  }
  return self;
}

+ (NSData *)paintValues:(NSData *)values
                  width:(NSInteger)width
                 height:(NSInteger)height
                   step:(NSInteger)step
                 lowest:(double)lowest
                highest:(double)highest
                 colors:(NSData *)colors {
  const auto *in = static_cast<const float *>(values.bytes);
  const double gain = highest > lowest ? kLastColor / (highest - lowest) : 0;
  const auto color_of = [&](std::size_t i) -> int {
    if (!std::isfinite(in[i])) return bridge::kUnpainted;
    const double place = std::round((double{in[i]} - lowest) * gain);
    return static_cast<int>(place > 0 ? std::min(place, kLastColor) : 0);
  };
  return bridge::painted({width, height, step, colors}, values.length / sizeof(float), color_of);
}

@end
