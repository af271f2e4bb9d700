// What a model finds in a picture.
#pragma once

#include <functional>
#include <vector>

namespace vision {

// Corners in pixels: of the model's input while it is a candidate, of the upright picture in a Result.
struct Detection {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float score = 0;   // 0 to 1
  int class_id = 0;  // index into the class names
  int index = 0;     // the candidate's number in the model's output: level by level, row by row
};

// Milliseconds of wall-clock time.
struct Timing {
  double preprocess = 0;   // letterbox and normalization
  double inference = 0;    // the model
  double postprocess = 0;  // decoding, choosing, and back to the picture
  double total() const { return preprocess + inference + postprocess; }
};

// Parts that a task does not know stay empty; those it knows are parallel: one entry for each thing found, best first.
struct Result {
  int width = 0, height = 0;  // pixels of the upright picture
  std::vector<Detection> boxes;
  int candidates = 0;  // among how many was chosen
  Timing timing;
};

// What an app does with every result before it is shown, in this order: smoothing, filtering, counting, tracking.
using ResultProcessors = std::vector<std::function<void(Result&)>>;

inline void process(const ResultProcessors& processors, Result& result) {
  for (const auto& processor : processors) processor(result);
}

}  // namespace vision
