#include "vision/decode.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

// Without fused multiply-add, all processors give the same bits. Other compilers need the flag -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {

BoxHead::BoxHead(const ModelInfo& info, int extras, int further)
    : info_(info), extras_(static_cast<std::size_t>(extras)) {
  const auto others = static_cast<std::size_t>(further);
  if (info.outputs.size() <= others || !info.head->fits(info, extras_, info.outputs.size() - others)) {
    throw std::invalid_argument(
        "kOutputShapes, kStrides, kRegMax and kClassNames of model_info.h contradict each other");
  }
  if (info.kept_classes.empty()) return;
  keep_class_.resize(info.class_names.size());
  for (const int id : info.kept_classes) {
    if (id < 0 || static_cast<std::size_t>(id) >= keep_class_.size()) {
      throw std::invalid_argument("kKeptClasses of model_info.h has " + std::to_string(id) + ", but there are " +
                                  std::to_string(keep_class_.size()) + " classes, counted from 0");
    }
    keep_class_[static_cast<std::size_t>(id)] = 1;
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
  return info_.head->candidates(outputs, info_, options);
}

float sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

// The loop over candidates is the inner one, because neighbouring candidates are neighbours in memory.
std::vector<float> best_scores(const Numbers& scores, int num_classes, std::size_t count) {
  std::vector<float> best(count, kLowest);
  for (std::size_t c = 0; c < static_cast<std::size_t>(num_classes); ++c) {
    const Numbers row = scores.from(c * count);
    for (std::size_t i = 0; i < count; ++i) best[i] = std::max(best[i], row[i]);  // in this order, max ignores NaN
  }
  return best;
}

bool is_kept(const Candidate& candidate, const DecodeOptions& options) {
  return (options.keep_class == nullptr || options.keep_class[candidate.class_id] != 0) &&
         std::isfinite(candidate.x1) && std::isfinite(candidate.y1) && std::isfinite(candidate.x2) &&
         std::isfinite(candidate.y2);
}

std::vector<std::size_t> most_confident(const std::vector<Candidate>& candidates, int max_det) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const float one = candidates[a].score, other = candidates[b].score;
    return one > other || (std::isnan(other) && !std::isnan(one));  // NaN comes last
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(max_det, 0))));
  return order;
}

}  // namespace vision
