// Memory for maps and pictures of a frame's size, used again for the next frame's.
#pragma once

#import <Foundation/Foundation.h>

#include <cstddef>
#include <cstdint>
#include <new>

NS_ASSUME_NONNULL_BEGIN

// When nobody has it any more, its memory is there for whoever asks for as many bytes next. From any thread.
__attribute__((objc_subclassing_restricted))
@interface EDGBlock : NSData

// So many bytes, of which nothing is known; nil: there is no memory.
- (nullable instancetype)initWithSize:(std::size_t)size;

// To be written before anybody else has it.
@property(nonatomic, readonly) std::uint8_t *writable;

@end

namespace bridge {

// So many bytes, written by `fill`, which gets them as they are: neither set nor copied. Throws std::bad_alloc.
template <typename Fill>
NSData *block_data(std::size_t size, const Fill &fill) {
  EDGBlock *block = [[EDGBlock alloc] initWithSize:size];
  if (block == nil) throw std::bad_alloc();
  fill(block.writable);
  return block;
}

}  // namespace bridge

NS_ASSUME_NONNULL_END
