// Depth: a distance for every pixel.
#include <algorithm>
#include <stdexcept>

#include "vision/dense_map.h"
#include "vision/tasks/task.h"

namespace vision {
namespace {

class Depth : public Task {
 public:
  explicit Depth(const ModelInfo& info) {
    if (info.outputs.size() != 1 || info.outputs[0].rank != 4 || info.outputs[0].size[1] != 1) {
      throw std::invalid_argument("it does not give one map of distances");
    }
  }

  // plan: of a picture that covers the whole input, stretched.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds&, Result& result) override {
    result.reset(plan.source_width, plan.source_height);
    const auto width = static_cast<std::size_t>(plan.source_width);
    const auto height = static_cast<std::size_t>(plan.source_height);
    map_.start(outputs[0].floats(), 1, outputs[0].shape.size[2], outputs[0].shape.size[3], plan, false);
    set_size(result.depth, width * height);
    for (std::size_t y = 0; y < height; ++y) {
      const float* row = map_.row(0, static_cast<int>(y));
      std::copy(row, row + width, result.depth.begin() + static_cast<std::ptrdiff_t>(y * width));
    }
  }

 private:
  DenseMap map_;
};

}  // namespace

std::unique_ptr<Task> make_depth(const ModelInfo& info) { return std::make_unique<Depth>(info); }

}  // namespace vision
