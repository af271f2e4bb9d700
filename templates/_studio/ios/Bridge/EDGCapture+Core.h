#pragma once

#import <VisionCore/EDGCapture.h>

#include "capture/capture.h"

NS_ASSUME_NONNULL_BEGIN

@interface EDGCapture ()

// Detects in the picture, halved if it is too large for a capture. thresholds: the detector's. Throws what
// detector::Detector throws.
- (instancetype)initWithImage:(const vision::ImageView &)image
                     detector:(detector::Detector &)detector
                   thresholds:(const vision::Thresholds &)thresholds NS_DESIGNATED_INITIALIZER;

@end

NS_ASSUME_NONNULL_END
