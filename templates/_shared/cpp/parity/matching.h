// Are these the same detections?
#pragma once

#include <string>
#include <vector>

#include "parity/vectors.h"
#include "vision/result.h"

namespace parity {

struct Match {
  std::vector<double> corner;         // per pair: the largest difference of a corner, pixels
  std::vector<double> score;          // per pair
  std::vector<std::string> problems;  // detections of one side only that no threshold explains
};

// Pairs detections of one class by their boxes. One that only one side shows must lie near a threshold, so that a last
// bit decided: its score near the confidence (or not above the last score that the other side's limit on detections let
// through), or its overlap with a neighbour near the IoU of NMS; or it overlaps one that is explained so itself.
Match match(const std::vector<vision::Detection>& ours, const std::vector<vision::Detection>& theirs,
            const vision::Thresholds& thresholds, const Tolerances& tolerances);

}  // namespace parity
