// From a model's outputs to a result: one class for each task, in a file of its own.
#pragma once

#include <memory>

#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/result.h"

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

// For ModelInfo::make_task. Each is defined in the task's file; a project has the file of its own task only. Throw
// std::invalid_argument if the model's description is inconsistent.
std::unique_ptr<Task> make_detect(const ModelInfo& info);
std::unique_ptr<Task> make_pose(const ModelInfo& info);
std::unique_ptr<Task> make_obb(const ModelInfo& info);
std::unique_ptr<Task> make_segment(const ModelInfo& info);
std::unique_ptr<Task> make_classify(const ModelInfo& info);
std::unique_ptr<Task> make_semantic(const ModelInfo& info);
std::unique_ptr<Task> make_depth(const ModelInfo& info);

}  // namespace vision
