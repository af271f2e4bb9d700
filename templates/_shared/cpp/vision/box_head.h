// A detection head: its candidates, and the choice among them. Used by every task with boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decode.h"
#include "model_info.h"
#include "numbers.h"

namespace vision {

// A candidate's values beside box and classes: value v is at values[v * step].
struct Extras {
  Numbers values;
  std::size_t step = 1;
  // Of heads with levels only: the candidate's cell.
  float x = 0, y = 0;  // its centre, in strides
  float stride = 0;    // input pixels

  float operator[](std::size_t v) const { return values[v * step]; }
};

class BoxHead {
 public:
  // extras: a candidate's values beside box and classes, in a third tensor of each level or at the end of its column or
  // row. further: outputs after the head's. Throws std::invalid_argument if the model's description is inconsistent.
  explicit BoxHead(const ModelInfo& info, int extras = 0, int further = 0);

  // Returns the candidates above the confidence, in input pixels. as_given: instead of corners, their boxes hold the
  // model's four numbers: left, top, right, bottom in strides if it has levels, else cx, cy, width, height.
  std::vector<Candidate> candidates(const TensorView* outputs, const Thresholds& thresholds,
                                    bool as_given = false) const;

  // Returns the positions of the candidates that are shown, best first.
  std::vector<std::size_t> choose(const std::vector<Candidate>& candidates, const Thresholds& thresholds) const;

  // Returns the extras of the candidate with this index.
  Extras extras_of(const TensorView* outputs, int index) const;

  bool has_levels() const { return info_.contract == Contract::kRaw || info_.contract == Contract::kEnd2end; }
  bool needs_nms() const {
    return info_.contract == Contract::kRaw || info_.contract == Contract::kDecoded ||
           info_.contract == Contract::kMultilabel;
  }
  const ModelInfo& info() const { return info_; }

 private:
  void check(int further) const;

  const ModelInfo info_;
  const std::size_t extras_;
  const std::size_t level_outputs_;       // tensors per level
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for classes that are shown; empty: all are
};

}  // namespace vision
