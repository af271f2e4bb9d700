#import <VisionCore/EDGMaskOutline.h>

#include <cstdint>
#include <new>

#include "vision/contour.h"

namespace {

constexpr NSInteger kMostSide = 1 << 20;  // of a bitmap or a picture

bool is_side(NSInteger size) { return size >= 1 && size <= kMostSide; }

}  // namespace

@implementation EDGMaskOutline

+ (NSArray<NSNumber *> *)pointsOfPixels:(NSData *)pixels
                                   left:(NSInteger)left
                                    top:(NSInteger)top
                                  width:(NSInteger)width
                                 height:(NSInteger)height
                            bitmapWidth:(NSInteger)bitmapWidth
                           bitmapHeight:(NSInteger)bitmapHeight
                           pictureWidth:(NSInteger)pictureWidth
                          pictureHeight:(NSInteger)pictureHeight {
  if (!is_side(bitmapWidth) || !is_side(bitmapHeight) || !is_side(pictureWidth) || !is_side(pictureHeight)) return @[];
  if (left < 0 || top < 0 || width < 1 || height < 1) return @[];
  if (width > bitmapWidth - left || height > bitmapHeight - top) return @[];
  if (pixels.length / static_cast<NSUInteger>(width) < static_cast<NSUInteger>(height)) return @[];
  try {
    vision::Result result;
    result.width = static_cast<int>(pictureWidth);
    result.height = static_cast<int>(pictureHeight);
    result.masks.width = static_cast<int>(bitmapWidth);
    result.masks.height = static_cast<int>(bitmapHeight);
    result.masks.parts = {
        {static_cast<int>(left), static_cast<int>(top), static_cast<int>(width), static_cast<int>(height), 0}};
    const auto *first = static_cast<const std::uint8_t *>(pixels.bytes);
    result.masks.pixels.assign(first, first + width * height);
    NSMutableArray<NSNumber *> *points = [NSMutableArray array];
    for (const vision::Point &point : vision::polygon_of(result, 0)) {
      [points addObject:@(point.x)];
      [points addObject:@(point.y)];
    }
    return points;
  } catch (const std::bad_alloc &) {
    return @[];
  }
}

@end
