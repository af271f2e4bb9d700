// From the model's outputs to boxes in its input: decode and NMS, on the numbers that PyTorch gave.
#include <algorithm>
#include <cmath>

#include "parity/cells.h"
#include "parity/stages.h"
#include "support/text.h"
#include "vision/tasks/detect.h"

namespace parity {
namespace {

// The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ.
constexpr double kScoreTolerance = 1e-5;

using vision::Candidate;

std::vector<Candidate> golden_candidates(const Picture& picture) {
  const auto index = picture.integers("decode.candidate"), class_id = picture.integers("decode.class");
  const auto box = picture.floats("decode.box"), score = picture.floats("decode.score");
  std::vector<Candidate> candidates(index.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& one = candidates[i];
    one.x1 = box.at(4 * i);
    one.y1 = box.at(4 * i + 1);
    one.x2 = box.at(4 * i + 2);
    one.y2 = box.at(4 * i + 3);
    one.score = score.at(i);
    one.class_id = static_cast<int>(class_id.at(i));
    one.index = static_cast<int>(index[i]);
  }
  return candidates;
}

void compare_candidate(const Candidate& ours, const Candidate& theirs, const std::string& name, Stage& stage) {
  for (const auto corner : {&Candidate::x1, &Candidate::y1, &Candidate::x2, &Candidate::y2}) {
    stage.add(std::abs(double{ours.*corner} - double{theirs.*corner}));
  }
  const double score = std::abs(double{ours.score} - double{theirs.score});
  if (ours.class_id != theirs.class_id || !(score <= kScoreTolerance)) {
    stage.add_problem(name + ": candidate " + std::to_string(ours.index) + " is class " +
                      std::to_string(ours.class_id) + " with score " + support::fixed(ours.score, 6) +
                      ", expected class " + std::to_string(theirs.class_id) + " with " +
                      support::fixed(theirs.score, 6));
  }
}

}  // namespace

void compare_decode(const vision::ModelInfo& info, const Picture& picture, Stage& stage) {
  const SparseOutputs sparse(info, picture.integers("raw.row.candidate"), picture.floats("raw.row.box"),
                             picture.floats("raw.row.class"));
  vision::Thresholds thresholds;
  thresholds.confidence = picture.row_confidence;
  thresholds.all_classes = true;
  vision::Detect detect(info);
  const std::vector<Candidate>& ours = detect.candidates(sparse.outputs(), thresholds);
  const std::vector<Candidate> theirs = golden_candidates(picture);

  // Both by rising index. One that only one side has must lie at the threshold itself.
  const auto only_one = [&](const Candidate& one, const char* side) {
    if (std::abs(one.score - picture.row_confidence) <= kScoreTolerance) return;
    stage.add_problem(picture.name + ": candidate " + std::to_string(one.index) + " with score " +
                      support::fixed(one.score, 6) + " is only " + side);
  };
  auto our = ours.begin();
  auto their = theirs.begin();
  while (our != ours.end() || their != theirs.end()) {
    if (their == theirs.end() || (our != ours.end() && our->index < their->index)) {
      only_one(*our++, "here");
    } else if (our == ours.end() || their->index < our->index) {
      only_one(*their++, "in the vectors");
    } else {
      compare_candidate(*our++, *their++, picture.name, stage);
    }
  }
}

void compare_nms(const Picture& picture, Stage& stage) {
  vision::NmsOptions options;
  options.iou = picture.thresholds.iou;
  options.max_det = picture.thresholds.max_detections;
  options.agnostic = picture.thresholds.agnostic;
  const std::vector<Candidate> candidates = golden_candidates(picture);
  vision::Nms nms;
  const std::vector<int>& ours = nms.run(candidates, options);
  const std::vector<std::uint32_t> theirs = picture.integers("nms.keep");
  for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    const bool same = i < ours.size() && i < theirs.size() && static_cast<std::uint32_t>(ours[i]) == theirs[i];
    stage.add(same ? 0 : 1);
  }
}

}  // namespace parity
