// Semantic segmentation: a class for every pixel.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "vision/dense_map.h"
#include "vision/tasks/task.h"

namespace vision {
namespace {

class Semantic : public Task {
 public:
  explicit Semantic(const ModelInfo& info);

  // Gives the class map and the share of each class in the picture, largest first.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  const int count_;                       // maps of logits
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for classes that are shown; empty: all are
  DenseMap map_;
  std::vector<float> best_;
  std::vector<std::size_t> pixels_;  // of each class
};

Semantic::Semantic(const ModelInfo& info)
    : count_(info.outputs.size() == 1 && info.outputs[0].rank == 4 ? info.outputs[0].size[1] : 0) {
  if (count_ < 1 || static_cast<int>(info.class_names.size()) < count_) {
    throw std::invalid_argument("it does not give a map for each class that model_info.h names");
  }
  if (info.class_names.size() > kNoClass) {
    throw std::invalid_argument("it has more classes than a byte has numbers for");
  }
  if (info.kept_classes.empty()) return;
  keep_class_.resize(info.class_names.size());
  for (const int id : info.kept_classes) keep_class_.at(static_cast<std::size_t>(id)) = 1;
}

void Semantic::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  result.reset(plan.source_width, plan.source_height);
  const auto width = static_cast<std::size_t>(plan.source_width), height = static_cast<std::size_t>(plan.source_height);
  map_.start(outputs[0].floats(), count_, outputs[0].shape.size[2], outputs[0].shape.size[3], plan, true);
  set_size(result.class_map, width * height);
  std::fill(result.class_map.begin(), result.class_map.end(), std::uint16_t{0});
  best_.resize(width);
  for (std::size_t y = 0; y < height; ++y) {
    std::uint16_t* classes = result.class_map.data() + y * width;
    // The first class with the highest logit; NaN is below all others. A single class is where its logit is above 0.
    std::fill(best_.begin(), best_.end(), count_ == 1 ? 0 : -std::numeric_limits<float>::infinity());
    for (int c = 0; c < count_; ++c) {
      const float* logits = map_.row(c, static_cast<int>(y));
      for (std::size_t x = 0; x < width; ++x) {
        if (!(logits[x] > best_[x])) continue;
        best_[x] = logits[x];
        classes[x] = static_cast<std::uint16_t>(count_ == 1 ? 1 : c);
      }
    }
  }
  pixels_.assign(static_cast<std::size_t>(std::max(count_, 2)), 0);
  for (std::uint16_t& id : result.class_map) {
    // With one class, 0 marks the pixels without it.
    const bool is_kept = thresholds.all_classes || count_ == 1 || keep_class_.empty() ||
                         (id < keep_class_.size() && keep_class_[id] != 0);
    if (is_kept) {
      ++pixels_[id];
    } else {
      id = kNoClass;
    }
  }
  for (std::size_t id = 0; id < pixels_.size(); ++id) {
    if (pixels_[id] == 0) continue;
    result.classes.push_back(
        {static_cast<int>(id), static_cast<float>(pixels_[id]) / static_cast<float>(width * height)});
  }
  std::sort(result.classes.begin(), result.classes.end(), [](const ClassScore& a, const ClassScore& b) {
    return a.score != b.score ? a.score > b.score : a.class_id < b.class_id;
  });
}

}  // namespace

std::unique_ptr<Task> make_semantic(const ModelInfo& info) { return std::make_unique<Semantic>(info); }

}  // namespace vision
