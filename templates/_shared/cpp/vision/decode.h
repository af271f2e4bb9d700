// From the model's output to candidate boxes in input pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "result.h"
#include "tensor_view.h"
#include "top_k.h"

namespace vision {

// A box in pixels of the model's input that has not been through NMS.
using Candidate = Detection;

// One level of the raw output.
struct RawLevel {
  Numbers box;                // (4 * reg_max, height, width): left, top, right, bottom; see DecodeOptions
  Numbers cls;                // (num_classes, height, width) logits
  int height = 0, width = 0;  // cells
  float stride = 0;           // input pixels per cell
};

struct DecodeOptions {
  int num_classes = 0;
  int reg_max = 0;                           // bins a side, as logits; 1: the distance itself, in strides
  float confidence = 0.25F;                  // 0 to 1; a candidate's score must be above it
  const std::uint8_t* keep_class = nullptr;  // (num_classes), 0: drop candidates of this class; nullptr: keep all
  int max_det = 300;                         // top_k only: as many will be shown
  bool agnostic = false;                     // top_k only: no more than one class for each cell
  int extras = 0;                            // detections only: values of a row beside the six that are read
  bool as_given = false;                     // boxes stay the four numbers that the model gives, corners or not
};

// A candidate's class is the first one of the highest score: that of a lower logit even, where close to 1 both have the
// same float32. Candidates whose box is not finite are dropped, and a
// score that is not a number is passed over. Results are by rising index (then class) and valid until the next call. No
// allocation after the first call for a model. Not thread-safe: one per thread.
class Decoder {
 public:
  const std::vector<Candidate>& raw(const RawLevel* levels, int num_levels, const DecodeOptions& options);

  // Chooses among the outputs of a one-to-one branch, which gives every object one box. The k best scores of all cells
  // and classes stay, k = max(max_det, 300) but no more than there are cells; a cell may so have several classes. Of
  // equal scores the first ones stay. What is not above the confidence or not to be kept is dropped from these k.
  const std::vector<Candidate>& top_k(const RawLevel* levels, int num_levels, const DecodeOptions& options);

  // output: (4 + num_classes, n): cx, cy, width, height in input pixels, then scores from 0 to 1.
  const std::vector<Candidate>& decoded(const float* output, int n, const DecodeOptions& options);

  // output: (n, 6 + extras): x1, y1, x2, y2 in input pixels, score from 0 to 1, class; chosen by the model itself,
  // which gave them their order.
  const std::vector<Candidate>& detections(const float* output, int n, const DecodeOptions& options);

 private:
  void start(std::size_t capacity, int reg_max);
  // Gives those behind the first `from`, which are of this level and whose index is their cell, their boxes, and the
  // index that they have among all; drops those that are not finite.
  void add_boxes(const RawLevel& level, std::size_t first_index, std::size_t from, const DecodeOptions& options);

  std::vector<Candidate> candidates_;
  std::vector<float> bins_;  // of one side: (reg_max, candidates at a time)
  TopK best_;
};

}  // namespace vision
