// From a model's outputs to a result: one class for each task, made by the function that ModelInfo::make_task names.
#pragma once

#include <cstddef>

#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/result.h"
#include "vision/tensor_view.h"

namespace vision {

// Not thread-safe: one per thread.
class Task {
 public:
  virtual ~Task() = default;

  // outputs: as ModelInfo::outputs describes them. plan: where the picture is in the input. Replaces the whole result
  // except its timing.
  virtual void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds,
                   Result& result) = 0;
};

// Empties a result and sets the picture's size.
inline void start(Result& result, const LetterboxPlan& plan, std::size_t candidates) {
  result.width = plan.source_width;
  result.height = plan.source_height;
  result.candidates = static_cast<int>(candidates);
  result.clear();
}

}  // namespace vision
