#include "stored/orientation.h"

#include <utility>

namespace vision {

ImageView turn_upright(const ImageView& stored, Orientation orientation) {
  ImageView upright = stored;
  if (orientation >= Orientation::kLeftMirrored) {  // the first stored row is a side of the picture
    std::swap(upright.width, upright.height);
    std::swap(upright.step_x, upright.step_y);
  }
  const auto is_one_of = [&](Orientation a, Orientation b, Orientation c, Orientation d) {
    return orientation == a || orientation == b || orientation == c || orientation == d;
  };
  if (is_one_of(Orientation::kUpMirrored, Orientation::kDown, Orientation::kRight, Orientation::kRightMirrored)) {
    upright.first += (upright.width - 1) * upright.step_x;  // from right to left
    upright.step_x = -upright.step_x;
  }
  if (is_one_of(Orientation::kDown, Orientation::kDownMirrored, Orientation::kRightMirrored, Orientation::kLeft)) {
    upright.first += (upright.height - 1) * upright.step_y;  // from bottom to top
    upright.step_y = -upright.step_y;
  }
  return upright;
}

}  // namespace vision
