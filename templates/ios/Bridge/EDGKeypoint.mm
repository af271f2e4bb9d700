#import "EDGBridge.h"

#include <vector>

#include "app_model.h"
#include "vision/keypoints.h"

@interface EDGKeypoint ()

- (instancetype)initWithCore:(const vision::Keypoint &)point NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGKeypoint

- (instancetype)initWithCore:(const vision::Keypoint &)point {
  if ((self = [super init])) {
    _x = point.x;
    _y = point.y;
    _score = point.score;
    _visible = vision::is_visible(point);
  }
  return self;
}

@end

namespace bridge {

void add_parts(EDGDetection *detection, const vision::Result &result, std::size_t index) {
  const auto count = static_cast<std::size_t>(app::kModel.keypoints);
  std::vector<EDGKeypoint *> points;
  points.reserve(count);
  for (std::size_t k = index * count; k < (index + 1) * count; ++k) {
    points.push_back([[EDGKeypoint alloc] initWithCore:result.keypoints[k]]);
  }
  detection.keypoints = [NSArray arrayWithObjects:points.data() count:points.size()];
}

}  // namespace bridge
