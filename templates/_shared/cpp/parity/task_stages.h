// What a task's stages are: those between the model's input and what is shown.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "parity/parity.h"
#include "vision/input.h"
#include "vision/tensor_view.h"

namespace parity {

class TaskStages {
 public:
  virtual ~TaskStages() = default;

  // Holds one picture against the vectors, as far as they go.
  virtual void compare(const Picture& picture, detector::Detector& detector, vision::InputMaker& input) = 0;

  virtual std::vector<Stage> stages() const = 0;
  virtual std::size_t shown() const = 0;  // by PyTorch, in all pictures
};

// A value of an output. Its place comes with the vectors, from outside: std::out_of_range where there is none.
inline float value_at(const vision::TensorView& output, std::size_t place) {
  const std::size_t values = output.shape.values();
  if (place >= values) throw std::out_of_range("an output has " + std::to_string(values) + " values");
  return output.floats()[place];
}

// A file of the model's task has it: tasks/*_stages.cpp.
std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors);

}  // namespace parity
