// Oriented boxes.
#pragma once

#include <cstddef>
#include <vector>

#include "vision/decode.h"
#include "vision/rotated_nms.h"
#include "vision/tasks/task.h"

namespace vision {

// Candidates and their oriented boxes, in input pixels.
struct RotatedCandidates {
  std::vector<Candidate> candidates;  // their corners are not set
  std::vector<RotatedBox> boxes;
};

class Obb : public Task {
 public:
  // Throws std::invalid_argument if the model's description is inconsistent.
  explicit Obb(const ModelInfo& info);

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

  // Returns the candidates above the confidence.
  RotatedCandidates candidates(const TensorView* outputs, const Thresholds& thresholds) const;

  // Returns the positions of the candidates that are shown, best first.
  std::vector<std::size_t> choose(const RotatedCandidates& found, const Thresholds& thresholds) const;

 private:
  RotatedBox box_of(const TensorView* outputs, const Candidate& candidate) const;

  BoxHead head_;
};

// Returns the upright box around it.
Detection bounds_of(const RotatedBox& box);

// Moves a box from the model's input back to the picture, without clipping it.
RotatedBox to_image(const RotatedBox& box, const LetterboxPlan& plan);

}  // namespace vision
