// Oriented boxes: after decoding, NMS of rotated boxes, and the result.
#include <cmath>
#include <utility>
#include <vector>

#include "parity/box_stages.h"
#include "support/text.h"
#include "vision/tasks/obb.h"

namespace parity {
namespace {

constexpr double kDecodedAngle = 1e-4;
constexpr double kHalfTurn = 3.14159265358979;  // rotated by it, a rectangle is the same
constexpr std::size_t kRotatedValues = 5;       // of the vectors: cx, cy, width, height, angle

double angle_between(double a, double b) { return std::abs(std::remainder(a - b, kHalfTurn)); }

class ObbStages : public BoxStages {
 public:
  ObbStages(const vision::ModelInfo& info, const Vectors& vectors) : BoxStages(info, vectors, 1), obb_(info) {}

  std::vector<Stage> stages() const override { return {raw_, decode_, nms_, boxes_, corners_, angles_}; }

 protected:
  std::string extras_array() const override { return "raw.row.angle"; }
  double extras_tolerance(std::size_t) const override { return tolerance("angle"); }

  // The vectors have oriented boxes instead of corners.
  std::vector<vision::Candidate> candidates(const vision::TensorView* outputs,
                                            const vision::Thresholds& thresholds) override {
    vision::RotatedCandidates found = obb_.candidates(outputs, thresholds);
    for (std::size_t i = 0; i < found.boxes.size(); ++i) {
      const vision::RotatedBox& box = found.boxes[i];
      vision::Candidate& candidate = found.candidates[i];
      candidate.x1 = box.cx;
      candidate.y1 = box.cy;
      candidate.x2 = box.width;
      candidate.y2 = box.height;
    }
    decoded_ = std::move(found.boxes);
    return found.candidates;
  }

  void compare_decoded(const Picture& picture, const vision::TensorView*, const vision::Candidate&, std::size_t ours,
                       std::size_t theirs) override {
    const float angle = decoded_[ours].angle;
    const double difference = std::abs(double{angle} - picture.floats("decode.angle").at(theirs));
    if (difference <= kDecodedAngle) return;
    decode_.problems.push_back(picture.name + ": an angle is off by " + support::shortest(difference));
  }

  std::vector<std::size_t> choose(const Picture& picture) override {
    const std::vector<float> angles = picture.floats("decode.angle");
    vision::RotatedCandidates theirs;
    theirs.candidates = picture.candidates();
    for (std::size_t i = 0; i < theirs.candidates.size(); ++i) {
      const vision::Candidate& box = theirs.candidates[i];
      theirs.boxes.push_back({box.x1, box.y1, box.x2, box.y2, angles.at(i)});
    }
    return obb_.choose(theirs, picture.thresholds);
  }

  void compare_shown(const Picture& picture, const vision::Result& result,
                     const std::vector<Match::Pair>& pairs) override {
    const std::vector<float> rotated = picture.floats("boxes.rotated");
    for (const Match::Pair& pair : pairs) {
      const std::size_t first = pair.theirs * kRotatedValues;
      const vision::RotatedBox theirs{rotated.at(first), rotated.at(first + 1), rotated.at(first + 2),
                                      rotated.at(first + 3), rotated.at(first + 4)};
      const auto our_corners = corners_of(result.rotated[pair.ours]), their_corners = corners_of(theirs);
      for (std::size_t i = 0; i < our_corners.size(); ++i) {
        corners_.add(std::abs(double{our_corners[i].x} - their_corners[i].x));
        corners_.add(std::abs(double{our_corners[i].y} - their_corners[i].y));
      }
      angles_.add(angle_between(result.rotated[pair.ours].angle, theirs.angle));
    }
  }

 private:
  vision::Obb obb_;
  std::vector<vision::RotatedBox> decoded_;
  Stage corners_{"corners", tolerance("rotated_corner"), "px"};
  Stage angles_{"angles", tolerance("angle"), "rad"};
};

}  // namespace

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors) {
  return std::make_unique<ObbStages>(info, vectors);
}

}  // namespace parity
