// Oriented boxes: their corners, how far two of them overlap, and which of them are kept.
#pragma once

#include <array>
#include <vector>

#include "decode.h"
#include "nms.h"
#include "result.h"

namespace vision {

// From a cell's distances and angle, in input pixels. x, y: the cell's centre, in strides. candidate: left, top, right
// and bottom, in strides, in the place of corners.
RotatedBox rotated_box(const Candidate& candidate, float angle, float x, float y, float stride);

// The corners one after another around the box. The first one lies in the direction of width and height both.
std::array<Point, 4> corners_of(const RotatedBox& box);

// How much of each other two boxes cover, 0 to 1, each taken for the normal distribution of its points: 1 - the
// Hellinger distance (Llerena et al., Gaussian Bounding Boxes and Probabilistic Intersection-over-Union, 2021).
float probabilistic_iou(const RotatedBox& a, const RotatedBox& b);

// A box is dropped when its overlap with any better one is above the threshold, even with one that is dropped itself:
// Fast NMS (Bolya et al., YOLACT, 2019). Not thread-safe: one per thread.
class RotatedNms {
 public:
  // Returns positions in `candidates`, best first. boxes: those of the candidates. by_score: the positions of the
  // candidates, best first. Valid until the next call.
  const std::vector<int>& run(const std::vector<Candidate>& candidates, const std::vector<RotatedBox>& boxes,
                              const std::vector<int>& by_score, const NmsOptions& options);

 private:
  // A box as a normal distribution: its centre, moved apart by its class, and its covariance.
  struct Normal {
    float x, y, a, b, c;
    float determinant;  // not below 0
  };
  static Normal normal_of(const RotatedBox& box, float offset);
  static float overlap(const Normal& one, const Normal& other);
  static bool is_far(const Normal& one, const Normal& other, float distance);
  friend float probabilistic_iou(const RotatedBox& a, const RotatedBox& b);

  std::vector<Normal> normals_;
  std::vector<int> kept_;
};

}  // namespace vision
