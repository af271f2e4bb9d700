#import <VisionCore/EDGRotatedBox.h>

#include <stdexcept>
#include <vector>

#import "EDGDetection+Core.h"
#include "vision/rotated_nms.h"

@interface EDGCorner ()

- (instancetype)initWithCore:(const vision::Point &)point NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGCorner

- (instancetype)initWithCore:(const vision::Point &)point {
  if ((self = [super init])) {
    _x = point.x;
    _y = point.y;
  }
  return self;
}

@end

@interface EDGRotatedBox ()

- (instancetype)initWithCore:(const vision::RotatedBox &)box NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGRotatedBox

- (instancetype)initWithCore:(const vision::RotatedBox &)box {
  if ((self = [super init])) {
    _centerX = box.cx;
    _centerY = box.cy;
    _width = box.width;
    _height = box.height;
    _angle = box.angle;
    NSMutableArray<EDGCorner *> *corners = [NSMutableArray array];
    for (const vision::Point &each : vision::corners_of(box)) {
      [corners addObject:[[EDGCorner alloc] initWithCore:each]];
    }
    _corners = [corners copy];
  }
  return self;
}

@end

namespace bridge {

void add_parts(EDGDetection *detection, const vision::Result &result, std::size_t number) {
  detection.rotatedBox = [[EDGRotatedBox alloc] initWithCore:result.rotated[number]];
}

void read_parts(const parity::Picture &picture, vision::Result &result) {
  constexpr std::size_t kValues = 5;  // cx, cy, width, height, angle
  const std::vector<float> values = picture.floats("boxes.rotated");
  if (values.size() != kValues * result.boxes.size()) {
    throw std::runtime_error("the turned boxes of " + picture.name + " are not all there");
  }
  for (std::size_t i = 0; i < values.size(); i += kValues) {
    result.rotated.push_back({values[i], values[i + 1], values[i + 2], values[i + 3], values[i + 4]});
  }
}

}  // namespace bridge
