#include <vector>

#include "tools/check.h"
#include "vision/decode.h"

namespace {

vision::Candidate candidate(float x, float score, int class_id = 0, float size = 100) {
  vision::Candidate one;
  one.x1 = x;
  one.y1 = 0;
  one.x2 = x + size;
  one.y2 = size;
  one.score = score;
  one.class_id = class_id;
  return one;
}

std::vector<std::size_t> run(const std::vector<vision::Candidate>& candidates, double iou, int max_det = 300,
                             bool agnostic = false) {
  vision::NmsOptions options;
  options.iou = iou;
  options.max_det = max_det;
  options.agnostic = agnostic;
  return vision::nms(candidates, options);
}

TEST(most_confident_of_overlapping_boxes_is_kept) {
  CHECK(run({candidate(0, 0.5F), candidate(10, 0.9F), candidate(300, 0.3F)}, 0.7) == (std::vector<std::size_t>{1, 2}));
}

TEST(only_an_iou_above_the_threshold_suppresses) {
  // Half of each box is shared: an IoU of one third.
  const std::vector<vision::Candidate> halves = {candidate(0, 0.9F), candidate(50, 0.8F)};
  CHECK_EQUAL(run(halves, 0.34).size(), 2U);
  CHECK_EQUAL(run(halves, 0.33).size(), 1U);
  CHECK_EQUAL(run({candidate(0, 0.9F), candidate(0, 0.8F)}, 1.0).size(), 2U);  // not above 1
}

TEST(classes_do_not_suppress_each_other_unless_agnostic) {
  const std::vector<vision::Candidate> two = {candidate(0, 0.9F, 0), candidate(0, 0.8F, 1)};
  CHECK_EQUAL(run(two, 0.7).size(), 2U);
  CHECK_EQUAL(run(two, 0.7, 300, true).size(), 1U);
}

TEST(equal_scores_keep_their_order) {
  CHECK(run({candidate(0, 0.5F), candidate(200, 0.5F), candidate(400, 0.5F)}, 0.7) ==
        (std::vector<std::size_t>{0, 1, 2}));
}

TEST(at_most_max_det_boxes_are_kept) {
  CHECK(run({candidate(0, 0.1F), candidate(200, 0.3F), candidate(400, 0.2F)}, 0.7, 2) ==
        (std::vector<std::size_t>{1, 2}));
}

TEST(boxes_without_area_suppress_nothing) {
  CHECK_EQUAL(run({candidate(0, 0.9F, 0, 0), candidate(0, 0.8F, 0, 0)}, 0.0).size(), 2U);
}

TEST(nms_without_candidates_keeps_none) { CHECK(run({}, 0.7).empty()); }

}  // namespace
