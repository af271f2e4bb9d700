#import "EDGDetection+Core.h"

#include <vector>

#import "EDGDetectionResult+Core.h"

namespace bridge {

NSArray<EDGDetection *> *detections_of(const vision::Result &result) {
  std::vector<EDGDetection *> objects;
  objects.reserve(result.boxes.size());
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    EDGDetection *detection = [[EDGDetection alloc] initWithCore:result.boxes[i]];
    add_parts(detection, result, i);
    objects.push_back(detection);
  }
  return [NSArray arrayWithObjects:objects.data() count:objects.size()];
}

}  // namespace bridge

@implementation EDGDetection

- (instancetype)initWithCore:(const vision::Detection &)detection {
  if ((self = [super init])) {
    _left = detection.x1;
    _top = detection.y1;
    _right = detection.x2;
    _bottom = detection.y2;
    _score = detection.score;
    _classIndex = detection.class_id;
  }
  return self;
}

@end
