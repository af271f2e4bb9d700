// Greedy non-maximum suppression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decode.h"

namespace vision {

struct NmsOptions {
  double iou = 0.7;            // 0 to 1; a box is dropped when its IoU with a better one is above it
  int max_det = 300;           // at most so many are kept
  bool agnostic = false;       // boxes of different classes suppress each other too
  int max_candidates = 30000;  // only so many, the best ones, are looked at
};

// Decides as torchvision.ops.nms does on the boxes that Ultralytics gives it, to the last bit of the float32 IoU.
// No allocation after the first call while the decoder stays the same. Not thread-safe: one per thread.
class Nms {
 public:
  // Returns positions in `candidates`, best first; equal scores by rising position. Valid until the next call.
  const std::vector<int>& run(const std::vector<Candidate>& candidates, const NmsOptions& options);

  // Without suppression, for a model that gives every object one box: the best, at most max_det.
  const std::vector<int>& best(const std::vector<Candidate>& candidates, int max_det);

 private:
  // A box moved apart by its class, and its area.
  struct Box {
    float x1, y1, x2, y2, area;
  };
  // The kept boxes, one vector a member, in whole chunks: places not used yet are 0 and overlap nothing.
  struct Boxes {
    std::vector<float> x1, y1, x2, y2, area;
  };

  void sort_by_score(const std::vector<Candidate>& candidates);
  bool is_suppressed(const Box& box, double iou) const;

  std::vector<std::uint64_t> order_;   // sort key << 32 | position
  std::vector<std::uint64_t> sorted_;  // what they are sorted into
  Boxes boxes_;
  std::vector<int> kept_;
};

}  // namespace vision
