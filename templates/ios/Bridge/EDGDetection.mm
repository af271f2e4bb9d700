#import "EDGDetection+Core.h"

namespace bridge {

NSArray<EDGDetection *> *to_nsarray(const std::vector<vision::Detection> &detections) {
  std::vector<EDGDetection *> objects;
  objects.reserve(detections.size());
  for (const vision::Detection &each : detections) objects.push_back([[EDGDetection alloc] initWithCore:each]);
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

@implementation EDGDetectionResult

- (instancetype)initWithCore:(const vision::Result &)result {
  if ((self = [super init])) {
    _detections = bridge::to_nsarray(result.boxes);
    _candidateCount = result.candidates;
    _imageWidth = result.width;
    _imageHeight = result.height;
    _preprocessMilliseconds = result.timing.preprocess;
    _inferenceMilliseconds = result.timing.inference;
    _postprocessMilliseconds = result.timing.postprocess;
    _totalMilliseconds = result.timing.total();
  }
  return self;
}

@end
