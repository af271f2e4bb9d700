#import "EDGBlocks.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

namespace {

// Two for the frame in work, and two for frames that wait or are shown. Blocks larger than a camera frame of 1280 x 720
// with 4 bytes a pixel are of photos, and are freed at once.
constexpr std::size_t kKept = 4, kLargest = std::size_t{4} << 20;

struct Block {
  std::uint8_t *bytes = nullptr;
  std::size_t size = 0;
};

// Never destroyed: when the app exits, queues still free blocks.
std::mutex &mutex = *new std::mutex;
// Free blocks, the last one first.
std::array<Block, kKept> kept;

// Uninitialized bytes; nullptr: there is no memory.
std::uint8_t *take(std::size_t size) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = std::find_if(kept.begin(), kept.end(),
                                    [size](const Block &each) { return each.bytes != nullptr && each.size == size; });
    if (found != kept.end()) {
      std::uint8_t *const bytes = found->bytes;
      std::move(found + 1, kept.end(), found);
      kept.back() = {};
      return bytes;
    }
  }
  return static_cast<std::uint8_t *>(std::malloc(std::max<std::size_t>(size, 1)));
}

void give_back(std::uint8_t *block, std::size_t size) noexcept {
  std::uint8_t *unwanted = block;
  if (size <= kLargest) {
    const std::lock_guard<std::mutex> lock(mutex);
    unwanted = kept.back().bytes;
    std::move_backward(kept.begin(), kept.end() - 1, kept.end());
    kept.front() = {block, size};
  }
  std::free(unwanted);
}

}  // namespace

@implementation EDGBlock {
  NSUInteger _length;
}

- (nullable instancetype)initWithSize:(std::size_t)size {
  if ((self = [super init])) {
    _length = size;
    _writable = take(size);
  }
  return _writable == nullptr ? nil : self;
}

- (void)dealloc {
  if (_writable != nullptr) give_back(_writable, _length);
}

#ifdef GNUSTEP  // its -init calls this without bytes
- (instancetype)initWithBytesNoCopy:(void *)bytes length:(NSUInteger)length freeWhenDone:(BOOL)freeWhenDone {
  (void)length;
  if (freeWhenDone) std::free(bytes);
  return self;
}
#endif

// Required of subclasses of NSData.

- (NSUInteger)length {
  return _length;
}

- (const void *)bytes {
  return _writable;
}

- (id)copyWithZone:(nullable NSZone *)zone {
  (void)zone;
  return self;  // immutable
}

@end
