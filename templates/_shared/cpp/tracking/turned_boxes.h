// Oriented boxes for ByteTrack and Smoothing.
#pragma once

#include "tracking/bytetrack.h"

namespace vision {

// They overlap as in their NMS.
extern const ByteTrack::Turned kTurnedBoxes;

}  // namespace vision
