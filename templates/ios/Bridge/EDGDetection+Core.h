#pragma once

#import <VisionCore/EDGDetection.h>

#include <vector>

#include "vision/result.h"

NS_ASSUME_NONNULL_BEGIN

@interface EDGDetection ()

- (instancetype)initWithCore:(const vision::Detection &)detection NS_DESIGNATED_INITIALIZER;

@end

@interface EDGDetectionResult ()

- (instancetype)initWithCore:(const vision::Result &)result NS_DESIGNATED_INITIALIZER;

@end

namespace bridge {

NSArray<EDGDetection *> *to_nsarray(const std::vector<vision::Detection> &detections);

}  // namespace bridge

NS_ASSUME_NONNULL_END
