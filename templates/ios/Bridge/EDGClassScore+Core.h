#pragma once

#import <VisionCore/EDGClassScore.h>

#include "vision/result.h"

NS_ASSUME_NONNULL_BEGIN

namespace bridge {

NSArray<EDGClassScore *> *classes_of(const vision::Result &result);

}  // namespace bridge

NS_ASSUME_NONNULL_END
