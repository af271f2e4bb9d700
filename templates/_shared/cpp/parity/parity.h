// Compares every stage with the golden vectors, from the letterbox to the boxes of the whole chain.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "parity/vectors.h"
#include "vision/letterbox.h"
#include "vision/numbers.h"

namespace parity {

// One stage over all pictures.
struct Stage {
  std::string name;
  double tolerance = 0;
  std::string unit;
  double worst = 0;  // the largest difference
  long compared = 0;
  std::vector<std::string> problems{};  // failures that are not numbers

  // Adds one comparison. NaN counts as infinite.
  void add(double difference);

  bool passed() const { return problems.empty() && worst <= tolerance; }
  bool is_missing() const { return compared == 0 && problems.empty(); }  // the vectors have no data for it
};

struct Report {
  std::vector<Stage> stages;
  std::size_t images = 0;
  std::size_t detections = 0;  // that the vectors have, over all pictures
  std::string compared_with = "PyTorch";

  bool passed() const;  // no stage failed, and at least one compared something
};

// Loads the model. Throws support::Error if it cannot be run, or if the vectors are missing or damaged.
Report run(const vision::ModelInfo& info, const std::string& model_path, const std::string& vectors_folder);

// The same with a loaded detector, whose thresholds change.
Report run(const vision::ModelInfo& info, detector::Detector& detector, const Vectors& vectors);

std::string report_table(const Report& report);
std::string report_json(const Report& report);

// The stages of a task, from the model's outputs to the shown result.
class TaskStages {
 public:
  virtual ~TaskStages() = default;

  // Compares one picture with the vectors, as far as they have data.
  virtual void compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) = 0;

  virtual std::vector<Stage> stages() const = 0;
  virtual std::size_t shown() const = 0;  // detections of PyTorch in all pictures
};

// Returns a value of an output. Throws std::out_of_range, because the place comes from a file.
inline float value_at(const vision::TensorView& output, std::size_t place) {
  const std::size_t values = output.shape.values();
  if (place >= values) throw std::out_of_range("an output has " + std::to_string(values) + " values");
  return output.floats()[place];
}

// Defined in tasks/<task>_stages.cpp.
std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors);

}  // namespace parity
