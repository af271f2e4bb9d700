#include "parity/box_stages.h"

namespace parity {

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors) {
  return std::make_unique<BoxStages>(info, vectors);
}

}  // namespace parity
