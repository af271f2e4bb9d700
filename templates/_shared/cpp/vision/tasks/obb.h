// Oriented boxes: turned as the things in them are.
#pragma once

#include <memory>
#include <vector>

#include "vision/box_head.h"
#include "vision/bytetrack.h"
#include "vision/rotated_nms.h"
#include "vision/tasks/task.h"

namespace vision {

// Candidates with the turned boxes that belong to them, in pixels of the input.
struct RotatedCandidates {
  std::vector<Candidate> candidates;  // whose own corners say nothing
  std::vector<RotatedBox> boxes;
};

class Obb : public Task {
 public:
  // Throws std::invalid_argument for a description that contradicts itself.
  explicit Obb(const ModelInfo& info);

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds, Result& result) override;

  // The first half of it: all above the confidence. Valid until the next call.
  const RotatedCandidates& candidates(const TensorView* outputs, const Thresholds& thresholds);

  // The second half: the places of those that are shown, best first. Valid until the next call.
  const std::vector<int>& choose(const RotatedCandidates& found, const Thresholds& thresholds);

 private:
  RotatedBox box_of(const TensorView* outputs, const Candidate& candidate) const;

  BoxHead head_;
  RotatedNms nms_;
  RotatedCandidates found_;
};

// The upright box around it.
Detection bounds_of(const RotatedBox& box);

// From the letterboxed picture back to the original one, which it may stick out of.
RotatedBox to_image(const RotatedBox& box, const LetterboxPlan& plan);

// For ByteTrack: turned boxes overlap as they do in their NMS.
extern const ByteTrack::Turned kTurnedBoxes;

std::unique_ptr<Task> make_obb(const ModelInfo& info);

}  // namespace vision
