#import "EDGBridge.h"

#include "vision/letterbox.h"

@interface EDGMask ()

- (instancetype)initWithCore:(const vision::Result &)result index:(std::size_t)index NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGMask

- (instancetype)initWithCore:(const vision::Result &)result index:(std::size_t)index {
  if ((self = [super init])) {
    const vision::Masks &masks = result.masks;
    const vision::LetterboxPlan plan = vision::plan_letterbox(result.width, result.height, masks.width, masks.height);
    const vision::Masks::Part &part = masks.parts[index];
    _bitmapWidth = masks.width;
    _bitmapHeight = masks.height;
    _bitmapLeft = -plan.left / plan.gain_x;
    _bitmapTop = -plan.top / plan.gain_y;
    _bitmapRight = (masks.width - plan.left) / plan.gain_x;
    _bitmapBottom = (masks.height - plan.top) / plan.gain_y;
    _left = part.left;
    _top = part.top;
    _width = part.width;
    _height = part.height;
    _pixels = [NSData dataWithBytes:masks.row(index, part.top)
                             length:static_cast<NSUInteger>(part.width) * static_cast<NSUInteger>(part.height)];
  }
  return self;
}

@end

namespace bridge {

void add_parts(EDGDetection *detection, const vision::Result &result, std::size_t index) {
  detection.mask = [[EDGMask alloc] initWithCore:result index:index];
}

}  // namespace bridge
