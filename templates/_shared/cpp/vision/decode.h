// From the model's output to candidate boxes in input pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "result.h"

namespace vision {

// A box in pixels of the model's input that has not been through NMS.
using Candidate = Detection;

// One level of the raw output.
struct RawLevel {
  const float* box = nullptr;  // (4 * reg_max, height, width) logits: left, top, right, bottom of reg_max bins each
  const float* cls = nullptr;  // (num_classes, height, width) logits
  int height = 0, width = 0;   // cells
  float stride = 0;            // input pixels per cell
};

struct DecodeOptions {
  int num_classes = 0;
  int reg_max = 0;                           // raw only
  float confidence = 0.25F;                  // 0 to 1; a candidate's score must be above it
  const std::uint8_t* keep_class = nullptr;  // (num_classes), 0: drop candidates of this class; nullptr: keep all
};

// A candidate's class is the first one of the highest score. Candidates whose box is not finite are dropped, and a
// score that is not a number is passed over. Results are by rising index and valid until the next call. No allocation
// after the first call for a model. Not thread-safe: one per thread.
class Decoder {
 public:
  const std::vector<Candidate>& raw(const RawLevel* levels, int num_levels, const DecodeOptions& options);

  // output: (4 + num_classes, n): cx, cy, width, height in input pixels, then scores from 0 to 1.
  const std::vector<Candidate>& decoded(const float* output, int n, const DecodeOptions& options);

 private:
  std::vector<Candidate> candidates_;
  std::vector<float> bins_;  // (reg_max, 4)
};

}  // namespace vision
