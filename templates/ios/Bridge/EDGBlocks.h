// Memory of a frame's size for maps and pictures. It is reused for the next frame.
#pragma once

#import <Foundation/Foundation.h>

#include <cstddef>
#include <cstdint>
#include <new>

NS_ASSUME_NONNULL_BEGIN

// A released block's memory goes to the next block of the same size. Thread-safe.
__attribute__((objc_subclassing_restricted))
@interface EDGBlock : NSData

// Uninitialized bytes; nil: there is no memory.
- (nullable instancetype)initWithSize:(std::size_t)size;

// Write it before you share the block.
@property(nonatomic, readonly) std::uint8_t *writable;

@end

namespace bridge {

// Bytes that `fill` writes. They are neither initialized nor copied. Throws std::bad_alloc.
template <typename Fill>
NSData *block_data(std::size_t size, const Fill &fill) {
  EDGBlock *block = [[EDGBlock alloc] initWithSize:size];
  if (block == nil) throw std::bad_alloc();
  fill(block.writable);
  return block;
}

}  // namespace bridge

NS_ASSUME_NONNULL_END
