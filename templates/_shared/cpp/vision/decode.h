// A detection head: from its outputs to candidate boxes, and from those to the boxes that are shown. This file has what
// all contracts share. Each contract has a file of its own, decode_<contract>.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "vision/detection.h"
#include "vision/model_info.h"

namespace vision {

// A box in pixels of the model's input, before NMS.
using Candidate = Detection;

// A candidate's values beside box and classes: value v is at values[v * step].
struct Extras {
  Numbers values;
  std::size_t step = 1;
  // Of heads with levels only: the candidate's cell.
  float x = 0, y = 0;  // its centre, in strides
  float stride = 0;    // input pixels

  float operator[](std::size_t v) const { return values[v * step]; }
};

struct DecodeOptions {
  int num_classes = 0;
  int reg_max = 0;                           // bins per side, as logits; 1: the distance itself, in strides
  float confidence = 0.25F;                  // 0 to 1; a candidate's score must be above it
  const std::uint8_t* keep_class = nullptr;  // (num_classes), 0: drop candidates of this class; nullptr: keep all
  int max_det = 300;                         // end2end only: how many detections are shown at most
  bool agnostic = false;                     // end2end only: at most one class per cell
  int extras = 0;                            // detections only: further values at the end of each row
  bool as_given = false;                     // keep the model's four box numbers instead of corners
};

// The functions of a contract. extras: how many values a candidate has beside box and classes.
struct Head {
  bool has_levels, needs_nms;
  // Returns whether the first `count` outputs are of this contract.
  bool (*fits)(const ModelInfo& info, std::size_t extras, std::size_t count);
  // Returns the candidates above the confidence by rising index, and by rising class if an index has several. Ignores
  // scores that are NaN, and drops boxes that are not finite.
  std::vector<Candidate> (*candidates)(const TensorView* outputs, const ModelInfo& info, const DecodeOptions& options);
  // Returns the positions of the candidates that are shown, best first.
  std::vector<std::size_t> (*choose)(const std::vector<Candidate>& candidates, const Thresholds& thresholds);
  // Returns the extras of the candidate with this index.
  Extras (*extras_of)(const TensorView* outputs, const ModelInfo& info, std::size_t extras, std::size_t index);
};

// For ModelInfo::head. A project has the files of its models' contracts only.
extern const Head kRawHead, kEnd2endHead, kDecodedHead, kMultilabelHead, kDetectionsHead;

// The head of a model, for every task with boxes.
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
  std::vector<std::size_t> choose(const std::vector<Candidate>& candidates, const Thresholds& thresholds) const {
    return info_.head->choose(candidates, thresholds);
  }

  // Returns the extras of the candidate with this index.
  Extras extras_of(const TensorView* outputs, int index) const {
    return info_.head->extras_of(outputs, info_, extras_, static_cast<std::size_t>(index));
  }

  bool has_levels() const { return info_.head->has_levels; }
  bool needs_nms() const { return info_.head->needs_nms; }
  const ModelInfo& info() const { return info_; }

 private:
  const ModelInfo info_;
  const std::size_t extras_;
  std::vector<std::uint8_t> keep_class_;  // (classes), 1 for classes that are shown; empty: all are
};

// The decoders of contracts with one tensor, each in the contract's file.
std::vector<Candidate> decode_decoded(const float* output, int n, const DecodeOptions& options);
std::vector<Candidate> decode_multilabel(const float* output, int n, const DecodeOptions& options);
std::vector<Candidate> decode_detections(const float* output, int n, const DecodeOptions& options);

// --- what contracts share ---

float sigmoid(float logit);

inline constexpr float kLowest = -std::numeric_limits<float>::infinity();

// Returns the best score of each candidate over all classes. scores: (num_classes, count). NaN is below all others.
std::vector<float> best_scores(const Numbers& scores, int num_classes, std::size_t count);

// Returns the first class with the highest score. score(c): the score of class c.
template <typename Score>
int argmax(int num_classes, Score score) {
  int best = 0;
  float highest = kLowest;
  for (int c = 0; c < num_classes; ++c) {
    const float one = score(c);
    if (!(one > highest)) continue;
    best = c;
    highest = one;
  }
  return best;
}

// Returns whether the class of a candidate is shown, and its box is finite.
bool is_kept(const Candidate& candidate, const DecodeOptions& options);

// Returns the positions of the max_det candidates with the best scores, best first; equal scores by position.
std::vector<std::size_t> most_confident(const std::vector<Candidate>& candidates, int max_det);

// Non-maximum suppression, in nms.cpp.
struct NmsOptions {
  double iou = 0.7;            // 0 to 1; a box is suppressed if its IoU with a better one is above it
  int max_det = 300;           // how many boxes are kept at most
  bool agnostic = false;       // boxes of different classes suppress each other too
  int max_candidates = 30000;  // only this many, the best ones, are considered
};

// Returns the positions of the kept boxes, best first; equal scores by position. The result equals torchvision.ops.nms
// on the boxes that Ultralytics gives it, to the last bit of the float32 IoU.
std::vector<std::size_t> nms(const std::vector<Candidate>& candidates, const NmsOptions& options);

// As Head::choose, of contracts that need NMS.
std::vector<std::size_t> choose_by_nms(const std::vector<Candidate>& candidates, const Thresholds& thresholds);

}  // namespace vision
