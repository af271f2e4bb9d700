// From a model's outputs to a result: one class for each task, made by the function that ModelInfo::make_task names.
#pragma once

#include <cstddef>
#include <vector>

#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/result.h"
#include "vision/tensor_view.h"

namespace vision {

// Not thread-safe: one per thread.
class Task {
 public:
  virtual ~Task() = default;

  // outputs: as many, and of the shapes, as ModelInfo::outputs says. plan: where the picture lies in the input.
  // Replaces all of the result but its timing.
  virtual void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds,
                   Result& result) = 0;
};

// Begins a result: the picture that it is of, and nothing in it yet.
inline void start(Result& result, const LetterboxPlan& plan, std::size_t candidates) {
  result.width = plan.source_width;
  result.height = plan.source_height;
  result.candidates = static_cast<int>(candidates);
  result.clear();
}

// Gives a map of a result so many pixels. The memory of a much larger picture is let go: after a photo of 50 megapixels
// there may come a camera's frames for hours.
template <typename T>
void set_size(std::vector<T>& map, std::size_t size) {
  if (map.capacity() / 4 > size) std::vector<T>().swap(map);
  map.resize(size);
}

}  // namespace vision
