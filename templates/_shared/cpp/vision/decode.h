// From a detection head's outputs to candidate boxes, and from those to the boxes that are shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "numbers.h"
#include "result.h"

namespace vision {

// A box in pixels of the model's input, before NMS.
using Candidate = Detection;

// One level of the raw output.
struct RawLevel {
  Numbers box;                // (4 * reg_max, height, width): left, top, right, bottom; see DecodeOptions
  Numbers cls;                // (num_classes, height, width) logits
  int height = 0, width = 0;  // cells
  float stride = 0;           // input pixels per cell

  std::size_t cells() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
};

struct DecodeOptions {
  int num_classes = 0;
  int reg_max = 0;                           // bins per side, as logits; 1: the distance itself, in strides
  float confidence = 0.25F;                  // 0 to 1; a candidate's score must be above it
  const std::uint8_t* keep_class = nullptr;  // (num_classes), 0: drop candidates of this class; nullptr: keep all
  int max_det = 300;                         // top_k only: how many detections are shown at most
  bool agnostic = false;                     // top_k only: at most one class per cell
  int extras = 0;                            // decode_detections only: further values at the end of each row
  bool as_given = false;                     // keep the model's four box numbers instead of corners
};

// --- what all contracts share ---

inline constexpr float kLowest = -std::numeric_limits<float>::infinity();

float sigmoid(float logit);

// Returns the best score of each candidate over all classes. scores: (num_classes, count). NaN is below all others.
std::vector<float> best_scores(const Numbers& scores, int num_classes, std::size_t count);

// Returns the first class with the highest score. score(c): the score of class c.
template <typename Score>
int first_best(int num_classes, Score score) {
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

// --- the contracts ---

// All decoders return candidates by rising index, and by rising class if an index has several. They ignore scores that
// are NaN and drop boxes that are not finite.

// Decodes a head with one box per cell: each cell gives its best class, if the score is above the confidence.
std::vector<Candidate> decode_raw(const std::vector<RawLevel>& levels, const DecodeOptions& options);

// Decodes a one-to-one head, which needs no NMS. First the k = max(max_det, 300) cells with the best scores are chosen,
// then the k best of all their scores: a cell may give several classes. Of equal scores, the first ones stay.
std::vector<Candidate> top_k(const std::vector<RawLevel>& levels, const DecodeOptions& options);

// In decode_decoded.cpp. output: (4 + num_classes, n): cx, cy, width, height in input pixels, then scores from 0 to 1.
std::vector<Candidate> decode_decoded(const float* output, int n, const DecodeOptions& options);

// output: (n, 6 + extras): x1, y1, x2, y2 in input pixels, score from 0 to 1, class. The model chose and sorted them.
std::vector<Candidate> decode_detections(const float* output, int n, const DecodeOptions& options);

// Returns the positions of the max_det candidates with the best scores, best first; equal scores by position.
std::vector<std::size_t> first(const std::vector<Candidate>& candidates, int max_det);

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

}  // namespace vision
