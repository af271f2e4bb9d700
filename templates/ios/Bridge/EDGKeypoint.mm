#import <VisionCore/EDGKeypoint.h>

#include <stdexcept>
#include <vector>

#import "EDGDetection+Core.h"
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

void add_parts(EDGDetection *detection, const vision::Result &result, std::size_t number) {
  const auto count = static_cast<std::size_t>(app::kModel.keypoints);
  std::vector<EDGKeypoint *> points;
  points.reserve(count);
  for (std::size_t k = number * count; k < (number + 1) * count; ++k) {
    points.push_back([[EDGKeypoint alloc] initWithCore:result.keypoints[k]]);
  }
  detection.keypoints = [NSArray arrayWithObjects:points.data() count:points.size()];
}

void read_parts(const parity::Picture &picture, vision::Result &result) {
  constexpr std::size_t kValues = 3;  // x, y, score
  const std::vector<float> values = picture.floats("boxes.keypoint");
  if (values.size() != kValues * result.boxes.size() * static_cast<std::size_t>(app::kModel.keypoints)) {
    throw std::runtime_error("the keypoints of " + picture.name + " are not all there");
  }
  for (std::size_t i = 0; i < values.size(); i += kValues) {
    result.keypoints.push_back({values[i], values[i + 1], values[i + 2]});
  }
}

}  // namespace bridge
