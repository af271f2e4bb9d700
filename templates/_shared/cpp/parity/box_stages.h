// The stages of a task with boxes, and the comparison of two lists of detections.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "parity/parity.h"
#include "vision/decode.h"

namespace parity {

// The tolerances for two lists of detections: see vectors/README.md.
struct Rule {
  double score = 0, corner = 0;  // corner: pixels of the picture
  double confidence_margin = 0, iou_margin = 0;
  bool has_nms = true;       // false: the order counts, and overlaps explain nothing
  bool may_swap = false;     // of an extra program: NMS may choose the other one of two nearly equal boxes
  std::size_t most = 30000;  // detections of the model
  std::string_view compared_with = "PyTorch";
};

struct Match {
  struct Pair {
    std::size_t ours, theirs;  // places
    double corner, score;      // the largest differences: of a corner in pixels, of the score
  };
  std::vector<Pair> pairs;
  std::vector<std::string> problems;  // unexplained detections of one side, or a wrong order
};

// Pairs detections of one class by their boxes. A detection of one side only is a problem, unless rounding explains it:
// its score is near the confidence, or not above the last score that the other side's limit let through; with NMS, its
// overlap with a neighbour is near the IoU, or it overlaps an explained detection. With may_swap, two detections, one
// of each side, explain each other if NMS keeps only one of them and their scores are almost equal. Without NMS, only
// detections with almost equal scores may change places.
Match match(const std::vector<vision::Detection>& ours, const std::vector<vision::Detection>& theirs,
            const vision::Thresholds& thresholds, const Rule& rule);

// Compares boxes and classes. A task with more derives from it.
class BoxStages : public TaskStages {
 public:
  // extras, further: of the task's BoxHead.
  BoxStages(const vision::ModelInfo& info, const Vectors& vectors, int extras = 0, int further = 0);

  void compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) override;
  std::vector<Stage> stages() const override { return {raw_, decode_, nms_, boxes_}; }
  std::size_t shown() const override { return shown_; }

 protected:
  // The array of the vectors with the extra values of the rows; empty: none.
  virtual std::string extras_array() const { return ""; }
  // The tolerance of such a value, of outputs without levels.
  virtual double extras_tolerance(std::size_t) const { return vectors_.tolerance("score"); }

  virtual std::vector<vision::Candidate> candidates(const vision::TensorView* outputs,
                                                    const vision::Thresholds& thresholds) {
    return head_.candidates(outputs, thresholds);
  }
  // Compares the extra values of a candidate. ours, theirs: its indices in the candidates and in the vectors.
  virtual void compare_decoded(const Picture&, const vision::TensorView*, const vision::Candidate&,
                               std::size_t /* ours */, std::size_t /* theirs */) {}
  virtual std::vector<std::size_t> choose(const Picture& picture) {
    return head_.choose(picture.candidates(), picture.thresholds);
  }
  // Compares the extra values of the result. pairs: indices of the same box, here and in the vectors.
  virtual void compare_shown(const Picture&, const vision::Result&, const std::vector<Match::Pair>&) {}

  double tolerance(const char* name) const { return vectors_.tolerance(name); }
  bool has_levels() const { return head_.has_levels(); }

  const vision::ModelInfo& info_;
  const Vectors& vectors_;
  vision::BoxHead head_;
  Stage raw_, decode_, nms_, boxes_;

 private:
  enum class Part { kBox, kClass, kExtras };
  // The place of a candidate in the outputs: channel c of its box or class is at [tensor][offset + c * step].
  struct Place {
    std::size_t tensor, offset, step, channels;
    std::size_t of(std::size_t channel) const;  // throws std::out_of_range
  };
  Place find(std::size_t candidate, Part part) const;
  // Calls use(part, candidate, place, values) for each part of the rows in the vectors.
  template <typename Use>
  void for_each_row(const Picture& picture, Use use) const;
  bool is_one_to_one() const { return !head_.needs_nms(); }
  double row_confidence() const { return vectors_.index().number("row_confidence"); }

  void compare_raw(const Picture& picture, const vision::TensorView* outputs);
  void compare_row(const Picture& picture, Part part, std::size_t candidate, const std::vector<float>& ours,
                   const float* theirs);
  void compare_decode(const Picture& picture);
  void only_one(const Picture& picture, const vision::Candidate& one, double floor, const std::string& side);
  void compare_candidate(const Picture& picture, const vision::Candidate& ours, const vision::Candidate& theirs);
  void compare_nms(const Picture& picture);
  void compare_boxes(const Picture& picture, detector::Detector& detector);

  const std::size_t extras_, level_outputs_;
  std::size_t shown_ = 0;
};

}  // namespace parity
