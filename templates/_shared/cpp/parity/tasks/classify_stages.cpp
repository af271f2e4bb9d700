// Classification: the model's output, and the probabilities.
#include <algorithm>
#include <cmath>

#include "detector/model.h"
#include "parity/parity.h"
#include "support/text.h"

namespace parity {
namespace {

class ClassifyStages : public TaskStages {
 public:
  ClassifyStages(const vision::ModelInfo& info, const Vectors& vectors)
      : has_logits_(info.contract == vision::Contract::kLogits),
        raw_{"raw", vectors.tolerance(has_logits_ ? "raw" : "probability"), has_logits_ ? "logits" : "probability"},
        classes_{"classes", vectors.tolerance("probability"), "probability"} {}

  std::vector<Stage> stages() const override { return {raw_, classes_}; }
  std::size_t shown() const override { return shown_; }

  void compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) override {
    if (picture.has("raw.output")) {
      detector::Model& model = detector.model();
      preprocessor.to_tensor(picture.view(), model.input());
      model.run();
      const std::vector<float> theirs = picture.floats("raw.output");
      for (std::size_t i = 0; i < theirs.size(); ++i) {
        raw_.add(std::abs(double{value_at(model.outputs()[0], i)} - theirs[i]));
      }
    }
    if (!picture.has("classes.probability")) return;
    vision::Thresholds thresholds = picture.thresholds;
    thresholds.all_classes = true;
    thresholds.max_detections = static_cast<int>(picture.floats("classes.probability").size());
    detector.set_thresholds(thresholds);
    compare_classes(picture, detector.detect(picture.view()).classes);
    ++shown_;
  }

 private:
  void compare_classes(const Picture& picture, const std::vector<vision::ClassScore>& ours) {
    const std::vector<float> theirs = picture.floats("classes.probability");  // by class number
    double lowest = 1;                                                        // PyTorch's, of the classes so far
    for (const vision::ClassScore& one : ours) {
      const double right = theirs.at(static_cast<std::size_t>(one.class_id));
      classes_.add(std::abs(one.score - right));
      if (right - lowest > classes_.tolerance) {
        classes_.problems.push_back(picture.name + ": class " + std::to_string(one.class_id) + " is out of order");
      }
      lowest = std::min(lowest, right);
    }
    if (ours.size() == theirs.size()) return;
    classes_.problems.push_back(picture.name + ": there are " + std::to_string(ours.size()) + " classes, expected " +
                                std::to_string(theirs.size()));
  }

  const bool has_logits_;
  Stage raw_, classes_;
  std::size_t shown_ = 0;
};

}  // namespace

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors) {
  return std::make_unique<ClassifyStages>(info, vectors);
}

}  // namespace parity
