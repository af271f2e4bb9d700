#import <VisionCore/EDGMask.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <vector>

#import "EDGBlocks.h"

namespace {

constexpr std::size_t kBytes = 4;            // of a pixel
constexpr double kInside = 0.45, kEdge = 1;  // how opaque

struct Colour {
  std::uint8_t bytes[kBytes];
};

// Premultiplied, as Core Graphics takes it.
Colour colour_of(double red, double green, double blue, double opacity) {
  const auto byte = [](double value) {
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
  };
  return {byte(red * opacity), byte(green * opacity), byte(blue * opacity), byte(opacity)};
}

NSInteger non_negative(NSInteger size) { return std::max<NSInteger>(size, 0); }

}  // namespace

@implementation EDGMaskCanvas {
  std::vector<std::uint8_t> _bytes;
}

- (instancetype)initWithWidth:(NSInteger)width height:(NSInteger)height {
  if ((self = [super init])) {
    _width = non_negative(width);
    _height = non_negative(height);
    [self clear];
  }
  return self;
}

// A canvas for which there is no memory has no pixels.
- (void)clear {
  try {
    const auto width = static_cast<std::size_t>(_width), height = static_cast<std::size_t>(_height);
    if (width > 0 && height > _bytes.max_size() / kBytes / width) throw std::bad_alloc();
    _bytes.assign(kBytes * width * height, 0);
  } catch (const std::bad_alloc &) {
    _width = _height = 0;
  }
}

- (NSData *)rgba {
  try {
    return bridge::block_data(_bytes.size(), [&](std::uint8_t *out) { std::copy(_bytes.begin(), _bytes.end(), out); });
  } catch (const std::bad_alloc &) {
    return [NSData dataWithBytes:nullptr length:0];
  }
}

- (void)paintPixels:(NSData *)pixels
               left:(NSInteger)left
                top:(NSInteger)top
              width:(NSInteger)width
             height:(NSInteger)height
                red:(double)red
              green:(double)green
               blue:(double)blue {
  if (left < 0 || top < 0 || width < 1 || height < 1 || width > _width - left || height > _height - top) return;
  if (pixels.length / static_cast<NSUInteger>(width) < static_cast<NSUInteger>(height)) return;
  const Colour inside = colour_of(red, green, blue, kInside), edge = colour_of(red, green, blue, kEdge);
  const auto *in = static_cast<const std::uint8_t *>(pixels.bytes);
  for (NSInteger y = 0; y < height; ++y, in += width) {
    const bool is_end = y == 0 || y == height - 1;
    std::uint8_t *out = _bytes.data() + kBytes * static_cast<std::size_t>((top + y) * _width + left);
    for (NSInteger x = 0; x < width; ++x, out += kBytes) {
      if (in[x] == 0) continue;
      // A pixel of the object with a neighbour that is none: above, below, left or right.
      const bool is_edge = is_end || x == 0 || x == width - 1 || in[x - 1] == 0 || in[x + 1] == 0 ||
                           in[x - width] == 0 || in[x + width] == 0;
      std::copy_n((is_edge ? edge : inside).bytes, kBytes, out);
    }
  }
}

@end
