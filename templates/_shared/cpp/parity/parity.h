// Golden vectors, and the comparison of every stage with them, from the letterbox to the boxes of the whole chain.
// vectors/README.md describes the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "detector/detector.h"
#include "vision/detection.h"
#include "vision/image.h"
#include "vision/letterbox.h"
#include "vision/model_info.h"

namespace parity {

// index.json. {"pictures": [{"name": "bus"}]} has "bus" at the path "pictures/0/name". A missing path or a wrong type
// throws std::runtime_error.
class Index {
 public:
  explicit Index(std::string_view json);  // throws std::runtime_error

  bool has(const std::string& path) const { return values_.count(path) > 0; }
  const std::string& text(const std::string& path) const;
  double number(const std::string& path) const;
  int integer(const std::string& path) const;
  bool boolean(const std::string& path) const;
  std::vector<int> integers(const std::string& path) const;  // of a list
  std::size_t size(const std::string& path) const;           // of a list, or an object

 private:
  void read(const std::string& path, int depth);
  std::string read_word();
  char next();
  void take(char expected);

  std::string_view rest_;                      // not read yet
  std::map<std::string, std::string> values_;  // by path; of lists and objects, the number of entries
};

// One picture with its arrays. A missing array throws std::runtime_error.
class Picture {
 public:
  Picture(std::shared_ptr<const Index> index, std::size_t number, const std::string& folder);

  std::string name;
  int width = 0, height = 0;  // pixels
  int resized_width = 0, resized_height = 0, left = 0, top = 0;
  std::string letterbox_sha256, tensor_sha256;
  vision::Thresholds thresholds;  // PyTorch's

  vision::ImageView view() const;                     // RGB; valid as long as this object
  std::vector<vision::Detection> candidates() const;  // after decoding, in pixels of the input
  std::vector<vision::Detection> boxes() const;       // PyTorch's result, best first

  bool has(const std::string& array) const { return index_->has(place_ + "arrays/" + array); }
  std::vector<std::uint8_t> bytes(const std::string& array) const;
  std::vector<std::uint32_t> integers(const std::string& array) const;
  std::vector<float> floats(const std::string& array) const;

 private:
  const std::uint8_t* find(const std::string& array, const std::string& type, std::size_t size,
                           std::size_t& count) const;
  std::vector<vision::Detection> detections(const std::string& stage) const;

  std::shared_ptr<const Index> index_;
  std::string place_;  // in the index
  std::string path_;
  std::vector<std::uint8_t> data_;
};

// A folder of golden vectors. Pictures are read one by one, because they may be large.
class Vectors {
 public:
  // program: an extra program, whose tolerances replace those of the vectors, and whose pictures are read; nullptr:
  // model.pte. Throws support::Error if index.json cannot be read, or is of another layout.
  explicit Vectors(const std::string& folder, const vision::Program* program = nullptr);

  const Index& index() const { return *index_; }
  bool is_extra_program() const { return program_ != nullptr; }
  double tolerance(std::string_view name) const;
  std::size_t size() const { return places_.size(); }
  Picture read(std::size_t number) const;  // throws support::Error if it is incomplete

  // Keeps one picture. number: counted from 0; beyond the last picture, it starts again with the first.
  void keep(std::size_t number);

 private:
  bool proves(const std::string& picture) const;

  std::string folder_;
  const vision::Program* program_;
  std::shared_ptr<const Index> index_;
  std::vector<std::size_t> places_;  // of the pictures in index.json
};

// Calls a function that reads golden vectors. Turns its exceptions about missing or wrong values into support::Error.
void reading(const std::function<void()>& function);

// --- the comparison ---

// One stage over all pictures.
struct Stage {
  std::string name;
  double tolerance = 0;
  std::string unit;
  double worst = 0;  // the largest difference, or the number of differences
  long compared = 0;
  std::vector<std::string> problems{};  // failures that are not numbers

  // Adds one comparison. NaN counts as infinite.
  void add(double difference);

  // Adds one comparison of a stage whose unit is a number of differences.
  void count(bool is_same);

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
