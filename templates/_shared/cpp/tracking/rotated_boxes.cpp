#include "tracking/rotated_boxes.h"

#include "vision/rotated_nms.h"
#include "vision/tasks/obb.h"

namespace vision {

const ByteTrack::RotatedBoxes kRotatedBoxes = {
    [](const ByteTrack::Box& one, const ByteTrack::Box& other) {
      return probiou({one[0], one[1], one[2], one[3], one[4]}, {other[0], other[1], other[2], other[3], other[4]});
    },
    [](const Result& result, std::size_t place) {
      const RotatedBox& box = result.rotated[place];
      return ByteTrack::Box{box.cx, box.cy, box.width, box.height, box.angle};
    },
    [](Result& result, std::size_t place, const ByteTrack::Box& box) {
      RotatedBox& shown = result.rotated[place];
      shown = {box[0], box[1], box[2], box[3], box[4]};
      const Detection bounds = bounds_of(shown);
      Detection& upright = result.boxes[place];
      upright.x1 = bounds.x1, upright.y1 = bounds.y1, upright.x2 = bounds.x2, upright.y2 = bounds.y2;
    }};

}  // namespace vision
