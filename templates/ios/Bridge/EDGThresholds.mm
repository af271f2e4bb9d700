#import <VisionCore/EDGThresholds.h>

#import "EDGErrors.h"
#import "EDGThresholds+Core.h"
#include "app_model.h"
#include "support/text.h"

namespace {

constexpr NSInteger kMostDetections = 30000;  // no more go into non-maximum suppression

[[noreturn]] void refuse(const std::string &name, const std::string &value, const std::string &range) {
  throw bridge::Refusal(EDGErrorInvalidThresholds, name + " is " + value + ", but must lie between " + range,
                        "Choose a value in that range");
}

void check_share(const std::string &name, double value) {
  if (!(value >= 0 && value <= 1)) refuse(name, support::shortest(value), "0 and 1");  // also what is not a number
}

}  // namespace

@implementation EDGThresholds

+ (EDGThresholds *)standardThresholds {
  static EDGThresholds *const standard = [] {
    const vision::Thresholds &made_with = app::kModel.thresholds;
    return [[EDGThresholds alloc] initWithConfidence:made_with.confidence
                                                 iou:made_with.iou
                                       maxDetections:made_with.max_detections
                                       classAgnostic:made_with.agnostic
                                               error:nullptr];
  }();
  return standard;
}

- (nullable instancetype)initWithConfidence:(double)confidence
                                        iou:(double)iou
                              maxDetections:(NSInteger)maxDetections
                              classAgnostic:(BOOL)classAgnostic
                                      error:(NSError **)error {
  const bool valid = bridge::attempt(error, EDGErrorInvalidThresholds, [&] {
    check_share("the confidence", confidence);
    check_share("the IoU", iou);
    if (maxDetections < 1 || maxDetections > kMostDetections) {
      refuse("the number of detections", std::to_string(maxDetections), "1 and " + std::to_string(kMostDetections));
    }
  });
  if (!valid || !(self = [super init])) return nil;
  _confidence = confidence;
  _iou = iou;
  _maxDetections = maxDetections;
  _classAgnostic = classAgnostic;
  return self;
}

- (vision::Thresholds)core {
  return {_confidence, _iou, static_cast<int>(_maxDetections), static_cast<bool>(_classAgnostic), false};
}

@end
