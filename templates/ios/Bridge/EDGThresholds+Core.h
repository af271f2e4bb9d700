#pragma once

#import <VisionCore/EDGThresholds.h>

#include "vision/model_info.h"

NS_ASSUME_NONNULL_BEGIN

@interface EDGThresholds (Core)

- (vision::Thresholds)core;

@end

NS_ASSUME_NONNULL_END
