#pragma once

#import <VisionCore/EDGDetectionResult.h>

#include "parity/vectors.h"
#include "vision/result.h"

NS_ASSUME_NONNULL_BEGIN

@interface EDGDetectionResult ()

- (instancetype)initWithCore:(const vision::Result &)result NS_DESIGNATED_INITIALIZER;

@end

namespace bridge {

// Adds to a result what PyTorch shows in its picture, as far as the vectors have it: those that only the reference made
// have nothing of it. Throws what parity::Picture throws.
void read_shown(const parity::Picture &picture, vision::Result &result);

}  // namespace bridge

NS_ASSUME_NONNULL_END
