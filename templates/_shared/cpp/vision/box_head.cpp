#include "box_head.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "nms.h"

namespace vision {
namespace {

constexpr int kBoxChannels = 4;      // of a decoded output: cx, cy, width, height
constexpr int kDetectionValues = 6;  // of a row of detections: corners, score, class
constexpr float kCellCentre = 0.5F;  // of a cell, from its corner

void refuse_unless(bool sound, const std::string& problem) {
  if (!sound) throw std::invalid_argument(problem);
}

}  // namespace

BoxHead::BoxHead(const ModelInfo& info, int extras, int further)
    : info_(info), extras_(static_cast<std::size_t>(extras)), level_outputs_(extras > 0 ? 3 : 2) {
  check(static_cast<std::size_t>(further));
  if (info.kept_classes.empty()) return;
  keep_class_.resize(info.class_names.size());
  for (const int id : info.kept_classes) keep_class_.at(static_cast<std::size_t>(id)) = 1;
}

void BoxHead::check(std::size_t further) const {
  const auto named = static_cast<int>(info_.class_names.size()), extras = static_cast<int>(extras_);
  const std::size_t expected = (has_levels() ? level_outputs_ * info_.strides.size() : 1) + further;
  refuse_unless(info_.outputs.size() == expected && expected > further,
                "it has " + std::to_string(info_.outputs.size()) + " outputs for " +
                    std::to_string(info_.strides.size()) + " strides");
  if (info_.contract == Contract::kDetections) {
    refuse_unless(info_.outputs[0].size[2] == kDetectionValues + extras,
                  "its rows do not hold " + std::to_string(kDetectionValues + extras) + " values");
    return;
  }
  const int class_count = has_levels() ? info_.outputs[1].size[1] : info_.outputs[0].size[1] - kBoxChannels - extras;
  refuse_unless(class_count == named,
                "it has " + std::to_string(class_count) + " classes, but model_info.h names " + std::to_string(named));
  if (!has_levels()) return;
  for (std::size_t i = 0; i < info_.strides.size(); ++i) {
    const Shape* level = &info_.outputs[level_outputs_ * i];
    refuse_unless(level[0].size[1] == kBoxChannels * info_.reg_max, "its boxes do not have kRegMax bins a side");
    refuse_unless(level[1].size[1] == class_count && (extras == 0 || level[2].size[1] == extras),
                  "the channels of level " + std::to_string(i) + " are not those of the first");
    for (std::size_t k = 1; k < level_outputs_; ++k) {
      refuse_unless(level[k].size[2] == level[0].size[2] && level[k].size[3] == level[0].size[3],
                    "the boxes and classes of level " + std::to_string(i) + " do not fit each other");
    }
  }
}

std::vector<Candidate> BoxHead::candidates(const TensorView* outputs, const Thresholds& thresholds,
                                           bool as_given) const {
  DecodeOptions options;
  options.num_classes = static_cast<int>(info_.class_names.size());
  options.reg_max = info_.reg_max;
  options.confidence = static_cast<float>(thresholds.confidence);
  options.keep_class = thresholds.all_classes || keep_class_.empty() ? nullptr : keep_class_.data();
  options.max_det = thresholds.max_detections;
  options.agnostic = thresholds.agnostic;
  options.extras = static_cast<int>(extras_);
  options.as_given = as_given;
  const Shape& shape = info_.outputs[0];
  if (info_.contract == Contract::kDecoded) return decode_decoded(outputs[0].floats(), shape.size[2], options);
  if (info_.contract == Contract::kDetections) return decode_detections(outputs[0].floats(), shape.size[1], options);
  std::vector<RawLevel> levels;
  for (std::size_t i = 0; i < info_.strides.size(); ++i) {
    const TensorView *box = outputs + level_outputs_ * i, *cls = box + 1;
    levels.push_back(
        {box->numbers(), cls->numbers(), cls->shape.size[2], cls->shape.size[3], static_cast<float>(info_.strides[i])});
  }
  return info_.contract == Contract::kRaw ? decode_raw(levels, options) : top_k(levels, options);
}

std::vector<std::size_t> BoxHead::choose(const std::vector<Candidate>& candidates, const Thresholds& thresholds) const {
  if (needs_nms()) return nms(candidates, {thresholds.iou, thresholds.max_detections, thresholds.agnostic});
  if (info_.contract == Contract::kEnd2end) return first(candidates, thresholds.max_detections);
  const auto max_det = static_cast<std::size_t>(std::max(thresholds.max_detections, 0));
  std::vector<std::size_t> in_order(std::min(candidates.size(), max_det));  // the model sorted them
  std::iota(in_order.begin(), in_order.end(), std::size_t{0});
  return in_order;
}

Extras BoxHead::extras_of(const TensorView* outputs, int index) const {
  auto candidate = static_cast<std::size_t>(index);
  if (info_.contract == Contract::kDetections) {
    return {outputs[0].floats() + candidate * (kDetectionValues + extras_) + kDetectionValues};
  }
  if (info_.contract == Contract::kDecoded) {
    const auto columns = static_cast<std::size_t>(info_.outputs[0].size[2]);
    return {outputs[0].floats() + (kBoxChannels + info_.class_names.size()) * columns + candidate, columns};
  }
  for (std::size_t i = 0;; ++i) {
    const std::size_t tensor = level_outputs_ * i + level_outputs_ - 1;
    const auto width = static_cast<std::size_t>(info_.outputs[tensor].size[3]);
    const std::size_t cells = width * static_cast<std::size_t>(info_.outputs[tensor].size[2]);
    if (candidate < cells) {
      return {outputs[tensor].numbers().from(candidate), cells, static_cast<float>(candidate % width) + kCellCentre,
              static_cast<float>(candidate / width) + kCellCentre, static_cast<float>(info_.strides[i])};
    }
    candidate -= cells;
  }
}

}  // namespace vision
