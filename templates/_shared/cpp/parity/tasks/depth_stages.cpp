// Depth: the model's output, and the depth of each pixel. Differences are relative.
#include <cmath>

#include "detector/model.h"
#include "parity/parity.h"

namespace parity {
namespace {

class DepthStages : public TaskStages {
 public:
  explicit DepthStages(const Vectors& vectors)
      : raw_{"raw", vectors.tolerance("relative"), "of it"}, map_{"depth", vectors.tolerance("relative"), "of it"} {}

  std::vector<Stage> stages() const override { return {raw_, map_}; }
  std::size_t shown() const override { return shown_; }

  void compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) override {
    if (picture.has("raw.sample.value")) {
      detector::Model& model = detector.model();
      preprocessor.to_tensor(picture.view(), model.input());
      model.run();
      add(picture, "raw.sample", [&](std::size_t place) { return value_at(model.outputs()[0], place); }, raw_);
    }
    if (!picture.has("depth.value")) return;
    const std::vector<float>& ours = detector.detect(picture.view()).depth;
    add(picture, "depth", [&](std::size_t place) { return ours.at(place); }, map_);
    ++shown_;
  }

 private:
  template <typename At>
  static void add(const Picture& picture, const std::string& name, const At& at, Stage& stage) {
    const auto index = picture.integers(name + ".index");
    const auto theirs = picture.floats(name + ".value");
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const double right = theirs[i], difference = std::abs(at(index.at(i)) - right);
      stage.add(difference == 0 ? 0 : difference / std::abs(right));
    }
  }

  Stage raw_, map_;
  std::size_t shown_ = 0;
};

}  // namespace

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo&, const Vectors& vectors) {
  return std::make_unique<DepthStages>(vectors);
}

}  // namespace parity
