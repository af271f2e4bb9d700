// Oriented boxes for ByteTrack.
#pragma once

#include "tracking/bytetrack.h"

namespace vision {

// Their overlap is that of their NMS.
extern const ByteTrack::RotatedBoxes kRotatedBoxes;

}  // namespace vision
