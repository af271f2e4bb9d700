#pragma once

#import <VisionCore/VCThresholds.h>

#include "vision/model_info.h"

NS_ASSUME_NONNULL_BEGIN

@interface VCThresholds (Core)

- (vision::Thresholds)core;

@end

NS_ASSUME_NONNULL_END
