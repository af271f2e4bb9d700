// Pictures that are stored turned or mirrored.
#pragma once

#include "vision/image.h"

namespace vision {

// How the stored picture becomes upright, with EXIF's numbers.
enum class Orientation {
  kUp = 1,             // as stored
  kUpMirrored = 2,     // left and right exchanged
  kDown = 3,           // turned by 180 degrees
  kDownMirrored = 4,   // top and bottom exchanged
  kLeftMirrored = 5,   // rows and columns exchanged
  kRight = 6,          // turned clockwise by 90 degrees
  kRightMirrored = 7,  // turned by 180 degrees, and rows and columns exchanged
  kLeft = 8,           // turned counter-clockwise by 90 degrees
};

// Returns the upright view of a stored picture. No pixel moves: the next pixel is in another direction.
ImageView turn_upright(const ImageView& stored, Orientation orientation);

}  // namespace vision
