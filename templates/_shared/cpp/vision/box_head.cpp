#include "box_head.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace vision {
namespace {

constexpr int kBoxChannels = 4;      // of a decoded output: cx, cy, width, height
constexpr int kDetectionValues = 6;  // of a row of detections: corners, score, class
constexpr float kCellCentre = 0.5F;  // of a cell, from its corner

}  // namespace

BoxHead::BoxHead(const ModelInfo& info, int extras, int further)
    : info_(info), extras_(static_cast<std::size_t>(extras)), level_outputs_(extras > 0 ? 3 : 2) {
  check(further);
  if (info.kept_classes.empty()) return;
  keep_class_.resize(info.class_names.size());
  for (const int id : info.kept_classes) keep_class_.at(static_cast<std::size_t>(id)) = 1;
}

void BoxHead::check(int further) const {
  const int classes = static_cast<int>(info_.class_names.size()), extras = static_cast<int>(extras_);
  const int levels = static_cast<int>(info_.strides.size());
  const int outputs = (has_levels() ? levels * static_cast<int>(level_outputs_) : 1) + further;
  bool fits = static_cast<int>(info_.outputs.size()) == outputs && outputs > further;
  if (fits && (info_.contract == Contract::kDecoded || info_.contract == Contract::kMultilabel)) {
    fits = info_.outputs[0].size[1] == kBoxChannels + classes + extras;
  } else if (fits && info_.contract == Contract::kDetections) {
    fits = info_.outputs[0].size[2] == kDetectionValues + extras;
  } else if (fits) {
    const int channels[] = {kBoxChannels * info_.reg_max, classes, extras};
    for (std::size_t i = 0; i < level_outputs_ * info_.strides.size(); ++i) {
      const Shape &shape = info_.outputs[i], &box = info_.outputs[i - i % level_outputs_];
      fits = fits && shape.size[1] == channels[i % level_outputs_] && shape.size[2] == box.size[2] &&
             shape.size[3] == box.size[3];
    }
  }
  if (!fits) {
    throw std::invalid_argument(
        "kOutputShapes, kStrides, kRegMax and kClassNames of model_info.h contradict each other");
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
  if (info_.contract == Contract::kMultilabel) return decode_multilabel(outputs[0].floats(), shape.size[2], options);
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
