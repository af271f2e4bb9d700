// What a detector finds.
#pragma once

namespace vision {

// Corners in pixels. A candidate lies in the model's input picture, a detection in the original one.
struct Detection {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float score = 0;   // 0 to 1
  int class_id = 0;  // index into the class names
};

}  // namespace vision
