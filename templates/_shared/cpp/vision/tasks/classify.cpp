// Classification: a score for each class.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "vision/tasks/task.h"

namespace vision {
namespace {

// Turns logits into scores that sum to 1, in place.
void softmax(std::vector<float>& logits) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& value : logits) {
    value = std::exp(value - highest);
    sum += value;
  }
  for (float& value : logits) value /= sum;
}

class Classify : public Task {
 public:
  explicit Classify(const ModelInfo& info);

  // Gives the shown classes, best first; equal scores by class number. Uses all_classes and max_detections only.
  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

 private:
  const bool has_logits_;
  const std::size_t count_;
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for classes that are shown; empty: all are
  std::vector<float> scores_;
};

Classify::Classify(const ModelInfo& info)
    : has_logits_(info.contract == Contract::kLogits), count_(info.class_names.size()) {
  if (info.outputs.size() != 1 || info.outputs[0].rank != 2 || count_ < 1 ||
      info.outputs[0].size[1] != static_cast<int>(count_)) {
    throw std::invalid_argument("it does not give one number for each of the " + std::to_string(count_) +
                                " classes that model_info.h names");
  }
  if (info.kept_classes.empty()) return;
  keep_class_.resize(count_);
  for (const int id : info.kept_classes) keep_class_.at(static_cast<std::size_t>(id)) = 1;
}

void Classify::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  result.reset(plan.source_width, plan.source_height);
  scores_.assign(outputs[0].floats(), outputs[0].floats() + count_);
  if (has_logits_) softmax(scores_);
  for (std::size_t id = 0; id < count_; ++id) {
    if (!thresholds.all_classes && !keep_class_.empty() && keep_class_[id] == 0) continue;
    const float score = std::isnan(scores_[id]) ? 0 : scores_[id];
    result.classes.push_back({static_cast<int>(id), score});
  }
  std::sort(result.classes.begin(), result.classes.end(), [](const ClassScore& a, const ClassScore& b) {
    return a.score != b.score ? a.score > b.score : a.class_id < b.class_id;
  });
  result.classes.resize(
      std::min(result.classes.size(), static_cast<std::size_t>(std::max(thresholds.max_detections, 0))));
}

}  // namespace

std::unique_ptr<Task> make_classify(const ModelInfo& info) { return std::make_unique<Classify>(info); }

}  // namespace vision
