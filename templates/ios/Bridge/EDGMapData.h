// Paints class maps and depth maps.
#pragma once

#import <Foundation/Foundation.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#import "EDGBlocks.h"

NS_ASSUME_NONNULL_BEGIN

namespace bridge {

constexpr int kUnpainted = -1;  // a transparent pixel

// The map and the colours.
struct MapPainting {
  NSInteger width = 0, height = 0;  // of the map
  NSInteger step = 1;               // every step-th pixel of every step-th row is painted
  NSData *colors = nil;             // 4 bytes for each of 256 values
};

// Returns a picture of 4 bytes a pixel. number_at(i): the index of the colour of pixel i, or kUnpainted. Empty if a
// size is below 1, the map has fewer than width * height values, colours are missing, or there is no memory.
template <typename NumberAt>
NSData *painted(const MapPainting &how, std::size_t values, const NumberAt &number_at) {
  constexpr std::size_t kColors = 256, kBytes = 4;
  if (how.width < 1 || how.height < 1 || how.step < 1 || how.colors.length < kColors * kBytes) {
    return [NSData dataWithBytes:nullptr length:0];
  }
  const auto width = static_cast<std::size_t>(how.width), height = static_cast<std::size_t>(how.height);
  const auto step = static_cast<std::size_t>(how.step);
  if (values / width < height) return [NSData dataWithBytes:nullptr length:0];
  const auto *colors = static_cast<const std::uint8_t *>(how.colors.bytes);
  const std::size_t columns = (width - 1) / step + 1, rows = (height - 1) / step + 1;
  const auto paint = [&](std::uint8_t *out) {
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t first = row * step * width;
      for (std::size_t column = 0; column < columns; ++column, out += kBytes) {
        const int number = number_at(first + column * step);
        if (number == kUnpainted) {
          std::memset(out, 0, kBytes);
        } else {
          std::memcpy(out, colors + kBytes * static_cast<std::size_t>(number), kBytes);
        }
      }
    }
  };
  try {
    return block_data(columns * rows * kBytes, paint);
  } catch (const std::bad_alloc &) {
    return [NSData dataWithBytes:nullptr length:0];
  }
}

}  // namespace bridge

NS_ASSUME_NONNULL_END
