#import <VisionCore/EDGMask.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#import "EDGDetection+Core.h"
#include "app_model.h"
#include "vision/letterbox.h"

@interface EDGMask ()

- (instancetype)initWithCore:(const vision::Result &)result number:(std::size_t)number NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGMask

- (instancetype)initWithCore:(const vision::Result &)result number:(std::size_t)number {
  if ((self = [super init])) {
    const vision::Masks &masks = result.masks;
    const vision::LetterboxPlan plan = vision::plan_letterbox(result.width, result.height, masks.width, masks.height);
    const vision::Masks::Part &part = masks.parts[number];
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
    _pixels = [NSData dataWithBytes:masks.row(number, part.top)
                             length:static_cast<NSUInteger>(part.width) * static_cast<NSUInteger>(part.height)];
  }
  return self;
}

@end

namespace bridge {

void add_parts(EDGDetection *detection, const vision::Result &result, std::size_t number) {
  detection.mask = [[EDGMask alloc] initWithCore:result number:number];
}

// Of each box, how many pixels of the input are 0, then 1, then 0 and so on, row by row.
void read_parts(const parity::Picture &picture, vision::Result &result) {
  const auto runs = picture.integers("mask.run"), ends = picture.integers("mask.end");
  vision::Masks &masks = result.masks;
  masks.width = app::kModel.input_width;
  masks.height = app::kModel.input_height;
  const std::size_t size = static_cast<std::size_t>(masks.width) * static_cast<std::size_t>(masks.height);
  if (ends.size() != result.boxes.size()) throw std::runtime_error("a mask of " + picture.name + " is missing");
  std::size_t run = 0;
  for (const std::size_t end : ends) {
    const std::size_t first = masks.pixels.size();
    for (std::uint8_t value = 0; run < end; ++run, value ^= 1) {
      if (runs.at(run) > first + size - masks.pixels.size()) {
        throw std::runtime_error("a mask of " + picture.name + " is too large");
      }
      masks.pixels.insert(masks.pixels.end(), runs[run], value);
    }
    if (masks.pixels.size() != first + size) throw std::runtime_error("a mask of " + picture.name + " is too small");
    masks.parts.push_back({0, 0, masks.width, masks.height, first});
  }
}

}  // namespace bridge
