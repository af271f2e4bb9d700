#import "EDGBridge.h"

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

void add_parts(EDGDetection *detection, const vision::Result &result, std::size_t index) {
  detection.rotatedBox = [[EDGRotatedBox alloc] initWithCore:result.rotated[index]];
}

}  // namespace bridge
