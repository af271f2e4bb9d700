// Oriented boxes: their corners, how far two of them overlap, and which of them are kept.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "vision/decode.h"
#include "vision/detection.h"
#include "vision/result.h"

namespace vision {

// Returns the box of a cell in input pixels. x, y: the cell's centre, in strides. candidate: left, top, right and
// bottom, in strides, instead of corners.
RotatedBox rotated_box(const Candidate& candidate, float angle, float x, float y, float stride);

// Returns the corners in order around the box. The first one is in the direction of both width and height.
std::array<Point, 4> corners_of(const RotatedBox& box);

// Returns how far two boxes overlap, 0 to 1, each as a normal distribution: 1 - their Hellinger distance (Llerena et
// al., Gaussian Bounding Boxes and Probabilistic Intersection-over-Union, 2021).
float probiou(const RotatedBox& one, const RotatedBox& other);

// Returns the positions of the kept boxes, best first; equal scores by position. A box is suppressed by any better one
// whose overlap is above the threshold, even by a suppressed one: Fast NMS (Bolya et al., YOLACT, 2019).
// boxes: those of the candidates.
std::vector<std::size_t> rotated_nms(const std::vector<Candidate>& candidates, const std::vector<RotatedBox>& boxes,
                                     const NmsOptions& options);

}  // namespace vision
