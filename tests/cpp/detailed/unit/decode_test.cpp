#include <cmath>
#include <limits>
#include <vector>

#include "tools/check.h"
#include "vision/levels.h"

namespace {

constexpr int kClasses = 3, kRegMax = 4;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// One level of 2 x 2 cells with stride 8; every class logit is low.
struct Level {
  std::vector<float> box = std::vector<float>(4 * kRegMax * 4, 0);
  std::vector<float> cls = std::vector<float>(kClasses * 4, -10);

  float& logit(int class_id, int cell) { return cls[static_cast<std::size_t>(class_id * 4 + cell)]; }
  float& bin(int side, int bin, int cell) { return box[static_cast<std::size_t>((side * kRegMax + bin) * 4 + cell)]; }
  vision::RawLevel view() const { return {box.data(), cls.data(), 2, 2, 8}; }
};

vision::DecodeOptions options(float confidence) { return {kClasses, kRegMax, confidence, nullptr}; }

TEST(distance_is_the_mean_of_its_bins) {
  Level level;
  level.logit(1, 3) = 2;
  level.bin(2, 3, 3) = 100;  // to the right: surely 3 strides
  const auto found = vision::decode_raw({level.view()}, options(0.5F));
  CHECK_EQUAL(found.size(), 1U);
  CHECK_EQUAL(found[0].index, 3);
  CHECK_EQUAL(found[0].class_id, 1);
  CHECK_NEAR(found[0].score, 1 / (1 + std::exp(-2.0F)), 1e-6);
  CHECK_NEAR(found[0].x1, (1.5F - 1.5F) * 8, 1e-4);  // even bins: 1.5 strides from the centre of cell (1, 1)
  CHECK_NEAR(found[0].x2, (1.5F + 3) * 8, 1e-4);
}

TEST(equal_class_scores_give_the_lower_class_id) {
  Level level;
  level.logit(1, 0) = level.logit(2, 0) = 1;
  CHECK_EQUAL(vision::decode_raw({level.view()}, options(0.25F)).at(0).class_id, 1);
}

TEST(score_must_be_above_the_confidence) {
  Level level;
  level.logit(0, 0) = 0;  // a score of exactly 0.5
  CHECK_EQUAL(vision::decode_raw({level.view()}, options(0.5F)).size(), 0U);
  CHECK_EQUAL(vision::decode_raw({level.view()}, options(0.49F)).size(), 1U);
}

TEST(confidence_0_keeps_all_cells_and_1_keeps_none) {
  const Level level;
  CHECK_EQUAL(vision::decode_raw({level.view()}, options(0)).size(), 4U);
  CHECK_EQUAL(vision::decode_raw({level.view()}, options(1)).size(), 0U);
}

TEST(nan_scores_and_boxes_with_nan_are_ignored) {
  Level level;
  level.logit(0, 0) = kNaN;
  level.logit(2, 0) = 1;
  level.logit(0, 1) = 1;
  level.bin(0, 0, 1) = kNaN;
  const auto found = vision::decode_raw({level.view()}, options(0.25F));
  CHECK_EQUAL(found.size(), 1U);
  CHECK_EQUAL(found.at(0).class_id, 2);
}

TEST(filtered_best_class_drops_the_candidate) {
  Level level;
  level.logit(0, 0) = 3;
  level.logit(1, 0) = 2;  // not shown in place of class 0
  level.logit(1, 1) = 2;
  const std::vector<std::uint8_t> keep = {0, 1, 1};
  vision::DecodeOptions only_some = options(0.25F);
  only_some.keep_class = keep.data();
  const auto found = vision::decode_raw({level.view()}, only_some);
  CHECK_EQUAL(found.size(), 1U);
  CHECK_EQUAL(found.at(0).index, 1);
}

TEST(candidate_indices_continue_over_all_levels) {
  Level first, second;
  second.logit(0, 2) = 1;
  CHECK_EQUAL(vision::decode_raw({first.view(), second.view()}, options(0.25F)).at(0).index, 4 + 2);
}

TEST(decoded_output_has_centre_and_size) {
  // (4 + 3 classes, 2 candidates)
  const std::vector<float> output = {50, 0, 40, 0, 20, 0, 10, 0, 0.1F, 0, 0.8F, 0, 0.2F, 0};
  const auto found = vision::decode_decoded(output.data(), 2, options(0.25F));
  CHECK_EQUAL(found.size(), 1U);
  CHECK_EQUAL(found[0].class_id, 1);
  CHECK_EQUAL(found[0].x1, 40);
  CHECK_EQUAL(found[0].y1, 35);
  CHECK_EQUAL(found[0].x2, 60);
  CHECK_EQUAL(found[0].y2, 45);
}

}  // namespace
