#pragma once

#import <VisionCore/VCDetection.h>

#include <vector>

#include "vision/result.h"

NS_ASSUME_NONNULL_BEGIN

@interface VCDetection ()

- (instancetype)initWithCore:(const vision::Detection &)detection NS_DESIGNATED_INITIALIZER;

@end

@interface VCDetectionResult ()

- (instancetype)initWithCore:(const vision::Result &)result NS_DESIGNATED_INITIALIZER;

@end

namespace bridge {

NSArray<VCDetection *> *to_nsarray(const std::vector<vision::Detection> &detections);

}  // namespace bridge

NS_ASSUME_NONNULL_END
