// Keypoints: after decoding, and the result.
#include <cmath>

#include "parity/box_stages.h"
#include "support/text.h"
#include "vision/keypoints.h"

namespace parity {
namespace {

constexpr std::size_t kPointValues = 3;  // of the vectors: x, y, score

class PoseStages : public BoxStages {
 public:
  PoseStages(const vision::ModelInfo& info, const Vectors& vectors)
      : BoxStages(info, vectors, info.keypoints * info.keypoint_values), rule_(vision::keypoint_rule(info)) {}

  std::vector<Stage> stages() const override { return {raw_, decode_, nms_, boxes_, points_}; }

 protected:
  std::string extras_array() const override { return "raw.row.keypoint"; }

  double extras_tolerance(std::size_t value) const override {
    return tolerance(value % static_cast<std::size_t>(rule_.values) < 2 ? "keypoint" : "score");
  }

  void compare_decoded(const Picture& picture, const vision::TensorView* outputs, const vision::Candidate& candidate,
                       std::size_t, std::size_t theirs) override {
    std::vector<vision::Keypoint> ours;
    decode_keypoints(head_.extras_of(outputs, candidate.index), rule_, ours);
    compare_points(picture, ours.data(), picture.floats("decode.keypoint"), theirs, decode_);
  }

  void compare_shown(const Picture& picture, const vision::Result& result,
                     const std::vector<Match::Pair>& pairs) override {
    const std::vector<float> theirs = picture.floats("boxes.keypoint");
    for (const Match::Pair& pair : pairs) {
      compare_points(picture, result.keypoints.data() + pair.ours * static_cast<std::size_t>(rule_.count), theirs,
                     pair.theirs, points_);
    }
  }

 private:
  // number: the place in the vectors.
  void compare_points(const Picture& picture, const vision::Keypoint* ours, const std::vector<float>& theirs,
                      std::size_t number, Stage& stage) {
    const std::size_t count = static_cast<std::size_t>(rule_.count), first = number * count;
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t place = (first + k) * kPointValues;
      stage.add(std::abs(double{ours[k].x} - theirs.at(place)));
      stage.add(std::abs(double{ours[k].y} - theirs.at(place + 1)));
      const double score = std::abs(double{ours[k].score} - theirs.at(place + 2));
      if (score <= tolerance("score")) continue;
      stage.problems.push_back(picture.name + ": the score of a point is off by " + support::shortest(score));
    }
  }

  const vision::KeypointRule rule_;
  Stage points_{"keypoints", tolerance("keypoint"), "px"};
};

}  // namespace

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors) {
  return std::make_unique<PoseStages>(info, vectors);
}

}  // namespace parity
