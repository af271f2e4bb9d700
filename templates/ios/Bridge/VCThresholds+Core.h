#pragma once

#import <VisionCore/VCThresholds.h>

#include "detector/detector.h"

NS_ASSUME_NONNULL_BEGIN

@interface VCThresholds (Core)

- (detector::Thresholds)core;

@end

NS_ASSUME_NONNULL_END
