// The boxes of a head: which candidates there are, and which of them are shown. Shared by every task that has boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decode.h"
#include "model_info.h"
#include "nms.h"
#include "tensor_view.h"

namespace vision {

// What a head gives every candidate beside box and classes: value v is at values[v * step].
struct Extras {
  Numbers values;
  std::size_t step = 1;
  // Of outputs with levels alone: the candidate's cell.
  float x = 0, y = 0;  // its centre, in strides
  float stride = 0;    // input pixels

  float operator[](std::size_t v) const { return values[v * step]; }
};

class BoxHead {
 public:
  // extras: values of a candidate beside box and classes; a third tensor of every level, or further values of its
  // column or row. further: outputs behind those. Throws std::invalid_argument for a description that contradicts
  // itself.
  explicit BoxHead(const ModelInfo& info, int extras = 0, int further = 0);

  // All above the confidence, in input pixels. Valid until the next call. as_given: in the place of corners stand the
  // four numbers of the model: left, top, right, bottom in strides of a head with levels, else cx, cy, width, height.
  const std::vector<Candidate>& candidates(const TensorView* outputs, const Thresholds& thresholds,
                                           bool as_given = false);

  // The places of those that are shown, best first. Valid until the next call.
  const std::vector<int>& choose(const std::vector<Candidate>& candidates, const Thresholds& thresholds);

  // For a task with a rule of its own in the place of NMS: the places of all, best first, and only the first so many.
  const std::vector<int>& best(const std::vector<Candidate>& candidates, int most) {
    return nms_.best(candidates, most);
  }
  const std::vector<int>& first(const std::vector<Candidate>& candidates, int most);

  // What the candidate with this index has beside its box.
  Extras extras_of(const TensorView* outputs, int index) const;

  bool has_levels() const { return info_.contract == Contract::kRaw || info_.contract == Contract::kEnd2end; }
  bool needs_nms() const { return info_.contract == Contract::kRaw || info_.contract == Contract::kDecoded; }
  const ModelInfo& info() const { return info_; }

 private:
  void check(std::size_t further) const;

  const ModelInfo info_;
  const std::size_t extras_;
  const std::size_t level_outputs_;       // tensors of a level
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for those that are shown; empty when all are
  std::vector<RawLevel> levels_;
  Decoder decoder_;
  Nms nms_;
  std::vector<int> first_;
};

}  // namespace vision
