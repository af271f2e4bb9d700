#pragma once

#import <VisionCore/EDGCapture.h>

#include "capture/capture.h"

NS_ASSUME_NONNULL_BEGIN

@interface EDGCapture ()

// Looks at the picture: one that is too large for a capture, at half of its size. thresholds: those that the detector
// has. Throws what detector::Detector throws.
- (instancetype)initWithImage:(const vision::ImageView &)image
                     detector:(detector::Detector &)detector
                   thresholds:(const vision::Thresholds &)thresholds NS_DESIGNATED_INITIALIZER;

@end

NS_ASSUME_NONNULL_END
