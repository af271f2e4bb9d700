// Does this program compute what PyTorch computed? Every stage from the letterbox to the boxes that the whole chain
// shows through the real model is held against the golden vectors.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "detector/detector.h"
#include "parity/vectors.h"
#include "vision/input.h"
#include "vision/tensor_view.h"

namespace parity {

// One stage over all pictures.
struct Stage {
  std::string name;
  double tolerance = 0;
  std::string unit;
  double worst = 0;  // the largest difference
  long compared = 0;
  std::vector<std::string> problems{};  // what a difference cannot say

  // Takes note of one comparison. What is not a number counts as infinitely far off.
  void add(double difference);

  bool passed() const { return problems.empty() && worst <= tolerance; }
  bool is_missing() const { return compared == 0 && problems.empty(); }  // the vectors held nothing for it
};

struct Report {
  std::vector<Stage> stages;
  std::size_t images = 0;
  std::size_t detections = 0;  // that the vectors have, over all pictures
  std::string compared_with = "PyTorch";

  bool passed() const;  // no stage failed, and at least one compared something
};

// Loads the model for itself. Throws support::Error when it cannot be run, or when the vectors are missing or damaged.
Report run(const vision::ModelInfo& info, const std::string& model_path, const std::string& vectors_folder);

std::string report_table(const Report& report);
std::string report_json(const Report& report);

// When two lists are the same detections. vectors/README.md has the tolerances.
struct Rule {
  double score = 0, corner = 0;  // corner: pixels of the picture
  double confidence_margin = 0, iou_margin = 0;
  bool has_nms = true;       // else the order counts, and no overlap explains anything
  std::size_t most = 30000;  // as many can be shown at all
  std::string_view compared_with = "PyTorch";
};

struct Match {
  struct Pair {
    std::size_t ours, theirs;  // places
  };
  std::vector<Pair> pairs;
  std::vector<double> corner;         // per pair: the largest difference of a corner, pixels
  std::vector<double> score;          // per pair
  std::vector<std::string> problems;  // detections of one side only that no threshold explains; one out of order
};

// Pairs detections of one class by their boxes. One that only one side shows must lie near a threshold, so that a last
// bit decided: its score near the confidence (or not above the last score that the other side's limit on detections let
// through), or, with NMS, its overlap with a neighbour near the IoU; or it overlaps one that is explained so itself.
// Without NMS only detections whose scores are within the tolerance of each other may change places.
Match match(const std::vector<vision::Detection>& ours, const std::vector<vision::Detection>& theirs,
            const vision::Thresholds& thresholds, const Rule& rule);

// The stages of a task: from the model's outputs to what is shown.
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
