// Class maps: the model's output, and the class of each pixel.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "detector/model.h"
#include "parity/parity.h"
#include "vision/dense_map.h"

namespace parity {
namespace {

class SemanticStages : public TaskStages {
 public:
  explicit SemanticStages(const Vectors& vectors)
      : raw_{"raw", vectors.tolerance("raw"), "logits"}, map_{"class map", vectors.tolerance("lead"), "logits"} {}

  std::vector<Stage> stages() const override { return {raw_, map_}; }
  std::size_t shown() const override { return shown_; }

  void compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) override {
    detector::Model& model = detector.model();
    const vision::LetterboxPlan plan = preprocessor.to_tensor(picture.view(), model.input());
    if (picture.has("raw.sample.value")) {
      model.run();
      const auto index = picture.integers("raw.sample.index");
      const auto theirs = picture.floats("raw.sample.value");
      for (std::size_t i = 0; i < theirs.size(); ++i) {
        raw_.add(std::abs(double{value_at(model.outputs()[0], index.at(i))} - theirs[i]));
      }
    }
    if (!picture.has("class_map.run")) return;
    vision::Thresholds thresholds = picture.thresholds;
    thresholds.all_classes = true;
    detector.set_thresholds(thresholds);
    compare_maps(picture, detector.detect(picture.view()), detector.model(), plan);
    ++shown_;
  }

 private:
  // A different class counts as the lead of our class's logit. Rounding explains a lead near 0.
  void compare_maps(const Picture& picture, const vision::Result& result, detector::Model& model,
                    const vision::LetterboxPlan& plan) {
    const auto runs = picture.integers("class_map.run"), values = picture.integers("class_map.value");
    std::vector<std::uint32_t> theirs;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (runs[i] > result.class_map.size() - theirs.size()) throw std::runtime_error("a class map is too large");
      theirs.insert(theirs.end(), runs[i], values.at(i));
    }
    if (theirs.size() != result.class_map.size()) throw std::runtime_error("a class map is too small");
    const vision::Shape& shape = model.outputs()[0].shape;
    const int count = shape.size[1];
    map_logits_.start(model.outputs()[0].floats(), count, shape.size[2], shape.size[3], plan, true);
    const auto width = static_cast<std::size_t>(result.width);
    std::vector<float> logits(static_cast<std::size_t>(count) * width);
    for (int y = 0; y < result.height; ++y) {
      for (int c = 0; c < count; ++c) {
        const float* row = map_logits_.row(c, y);
        std::copy(row, row + width, logits.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(c) * width));
      }
      for (std::size_t x = 0; x < width; ++x) {
        const std::size_t place = static_cast<std::size_t>(y) * width + x;
        const std::size_t ours = result.class_map[place], right = theirs[place];
        if (ours == right) {
          map_.add(0);
        } else if (count == 1) {
          map_.add(std::abs(logits[x]));
        } else {
          map_.add(std::abs(logits.at(ours * width + x) - logits.at(right * width + x)));
        }
      }
    }
  }

  vision::DenseMap map_logits_;
  Stage raw_, map_;
  std::size_t shown_ = 0;
};

}  // namespace

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo&, const Vectors& vectors) {
  return std::make_unique<SemanticStages>(vectors);
}

}  // namespace parity
