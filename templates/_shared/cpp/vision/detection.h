// A box, while it is a candidate and in a result.
#pragma once

namespace vision {

// Corners in pixels: of the model's input while it is a candidate, of the upright picture in a Result.
struct Detection {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float score = 0;   // 0 to 1
  int class_id = 0;  // index into the class names
  int index = 0;     // the candidate's number in the model's output: level by level, row by row
};

struct Point {
  float x = 0, y = 0;
};

}  // namespace vision
