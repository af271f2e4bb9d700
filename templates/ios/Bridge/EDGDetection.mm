#import "EDGDetection+Core.h"

#include <vector>

#import "EDGDetectionResult+Core.h"

namespace bridge {

NSArray<EDGDetection *> *detections_of(const vision::Result &result) {
  std::vector<EDGDetection *> objects;
  objects.reserve(result.boxes.size());
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    EDGDetection *detection = [[EDGDetection alloc] initWithCore:result.boxes[i] track:0];
    add_parts(detection, result, i);
    objects.push_back(detection);
  }
  return [NSArray arrayWithObjects:objects.data() count:objects.size()];
}

void read_shown(const parity::Picture &picture, vision::Result &result) {
  if (!picture.has("boxes.box")) return;
  result.boxes = picture.boxes();
  read_parts(picture, result);
}

}  // namespace bridge

@implementation EDGDetection

- (instancetype)initWithCore:(const vision::Detection &)detection track:(int)track {
  if ((self = [super init])) {
    _left = detection.x1;
    _top = detection.y1;
    _right = detection.x2;
    _bottom = detection.y2;
    _score = detection.score;
    _classIndex = detection.class_id;
    _trackNumber = track;
  }
  return self;
}

@end
