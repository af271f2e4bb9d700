#include "vision/tasks/detect.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "vision/geometry.h"

namespace vision {
namespace {

constexpr int kBoxChannels = 4;  // of a decoded output: cx, cy, width, height
constexpr int kDetectionValues = 6;

bool has_levels(const ModelInfo& info) {
  return info.contract == Contract::kRaw || info.contract == Contract::kEnd2end;
}

void refuse_unless(bool sound, const std::string& problem) {
  if (!sound) throw std::invalid_argument(problem);
}

void check(const ModelInfo& info) {
  const auto named = static_cast<int>(info.class_names.size());
  const std::size_t expected = has_levels(info) ? 2 * info.strides.size() : 1;
  refuse_unless(info.outputs.size() == expected && expected > 0, "it has " + std::to_string(info.outputs.size()) +
                                                                     " outputs for " +
                                                                     std::to_string(info.strides.size()) + " strides");
  if (info.contract == Contract::kDetections) {
    refuse_unless(info.outputs[0].size[2] == kDetectionValues, "its rows do not hold 6 values");
    return;
  }
  const int told = has_levels(info) ? info.outputs[1].size[1] : info.outputs[0].size[1] - kBoxChannels;
  refuse_unless(told == named,
                "it tells " + std::to_string(told) + " classes apart, but model_info.h names " + std::to_string(named));
  if (!has_levels(info)) return;
  for (std::size_t i = 0; i < info.strides.size(); ++i) {
    const Shape &box = info.outputs[2 * i], &cls = info.outputs[2 * i + 1];
    refuse_unless(box.size[1] == kBoxChannels * info.reg_max, "its boxes do not have kRegMax bins a side");
    refuse_unless(cls.size[1] == told && cls.size[2] == box.size[2] && cls.size[3] == box.size[3],
                  "the boxes and classes of level " + std::to_string(i) + " do not fit each other");
  }
}

}  // namespace

Detect::Detect(const ModelInfo& info) : info_(info) {
  check(info);
  if (info.kept_classes.empty()) return;
  keep_class_.resize(info.class_names.size());
  for (const int id : info.kept_classes) keep_class_.at(static_cast<std::size_t>(id)) = 1;
}

void Detect::run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) {
  const std::vector<Candidate>& found = candidates(outputs, thresholds);
  result.width = plan.source_width;
  result.height = plan.source_height;
  result.candidates = static_cast<int>(found.size());
  result.boxes.clear();
  for (const int kept : choose(found, thresholds)) {
    result.boxes.push_back(to_image(found[static_cast<std::size_t>(kept)], plan));
  }
}

const std::vector<Candidate>& Detect::candidates(const TensorView* outputs, const Thresholds& thresholds) {
  DecodeOptions options;
  options.num_classes = static_cast<int>(info_.class_names.size());
  options.reg_max = info_.reg_max;
  options.confidence = static_cast<float>(thresholds.confidence);
  options.keep_class = thresholds.all_classes || keep_class_.empty() ? nullptr : keep_class_.data();
  options.max_det = thresholds.max_detections;
  options.agnostic = thresholds.agnostic;
  const Shape& shape = info_.outputs[0];
  switch (info_.contract) {
    case Contract::kDecoded:
      return decoder_.decoded(outputs[0].floats(), shape.size[2], options);
    case Contract::kDetections:
      return decoder_.detections(outputs[0].floats(), shape.size[1], options);
    default:
      break;
  }
  levels_.resize(info_.strides.size());
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const TensorView &box = outputs[2 * i], &cls = outputs[2 * i + 1];
    levels_[i] = {box.floats(), cls.floats(), cls.shape.size[2], cls.shape.size[3],
                  static_cast<float>(info_.strides[i])};
  }
  const auto count = static_cast<int>(levels_.size());
  return info_.contract == Contract::kRaw ? decoder_.raw(levels_.data(), count, options)
                                          : decoder_.top_k(levels_.data(), count, options);
}

const std::vector<int>& Detect::choose(const std::vector<Candidate>& candidates, const Thresholds& thresholds) {
  const int most = thresholds.max_detections;
  if (info_.contract == Contract::kEnd2end) return nms_.best(candidates, most);
  if (info_.contract == Contract::kDetections) {  // the model has put them into their order
    first_.resize(std::min(candidates.size(), static_cast<std::size_t>(std::max(most, 0))));
    std::iota(first_.begin(), first_.end(), 0);
    return first_;
  }
  NmsOptions options;
  options.iou = thresholds.iou;
  options.max_det = most;
  options.agnostic = thresholds.agnostic;
  return nms_.run(candidates, options);
}

std::unique_ptr<Task> make_detect(const ModelInfo& info) { return std::make_unique<Detect>(info); }

}  // namespace vision
