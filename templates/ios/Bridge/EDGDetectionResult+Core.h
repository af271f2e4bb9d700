#pragma once

#import <VisionCore/EDGDetectionResult.h>

#include "vision/result.h"

NS_ASSUME_NONNULL_BEGIN

@interface EDGDetectionResult ()

- (instancetype)initWithCore:(const vision::Result &)result NS_DESIGNATED_INITIALIZER;

@end

NS_ASSUME_NONNULL_END
