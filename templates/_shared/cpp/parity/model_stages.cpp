// The model's outputs, and the whole chain through the model.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "detector/preprocess.h"
#include "parity/cells.h"
#include "parity/matching.h"
#include "parity/stages.h"
#include "support/text.h"

namespace parity {
namespace {

// The distance that a side's bins stand for: the expectation of their softmax, in strides.
// Models with decoded outputs have none.
[[maybe_unused]] double expected_distance(const float* bins) {
  const float highest = *std::max_element(bins, bins + model_info::kRegMax);
  double sum = 0, weighted = 0;
  for (int bin = 0; bin < model_info::kRegMax; ++bin) {
    const double weight = std::exp(double{bins[bin]} - highest);
    sum += weight;
    weighted += weight * bin;
  }
  return weighted / sum;
}

// A row's box, in what it is compared in: four distances in strides, or cx cy w h in pixels.
std::vector<double> box_numbers(const float* row) {
  std::vector<double> numbers;
  for (int side = 0; side < 4; ++side) {
    if constexpr (model_info::kContract == model_info::Contract::kRaw) {
      numbers.push_back(expected_distance(row + side * model_info::kRegMax));
    } else {
      numbers.push_back(row[side]);
    }
  }
  return numbers;
}

}  // namespace

std::vector<vision::Detection> golden_boxes(const Picture& picture) {
  const std::vector<float> box = picture.floats("boxes.box"), score = picture.floats("boxes.score");
  const std::vector<std::uint32_t> class_id = picture.integers("boxes.class");
  std::vector<vision::Detection> detections;
  for (std::size_t i = 0; i < score.size(); ++i) {
    detections.push_back({box.at(4 * i), box.at(4 * i + 1), box.at(4 * i + 2), box.at(4 * i + 3), score[i],
                          static_cast<int>(class_id.at(i))});
  }
  return detections;
}

void compare_raw(const Picture& picture, const Tolerances& tolerances, detector::Model& model, Stage& stage) {
  if (!picture.has("raw.sample.value")) return;
  const Pixels pixels(picture);
  detector::make_letterbox().to_tensor(pixels.view, model.input());
  const detector::Outputs& outputs = model.run();

  const auto candidate = picture.integers("raw.sample.candidate"), class_id = picture.integers("raw.sample.class");
  const auto value = picture.floats("raw.sample.value");
  for (std::size_t i = 0; i < value.size(); ++i) {
    stage.add(std::abs(double{class_value(outputs, candidate.at(i), class_id.at(i))} - value[i]));
  }

  const auto rows = picture.integers("raw.row.candidate");
  const auto box = picture.floats("raw.row.box"), cls = picture.floats("raw.row.class");
  std::vector<float> our_box(kBoxValues);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t c = 0; c < kNumClasses; ++c) {
      stage.add(std::abs(double{class_value(outputs, rows[i], c)} - cls.at(i * kNumClasses + c)));
    }
    for (std::size_t k = 0; k < kBoxValues; ++k) our_box[k] = box_value(outputs, rows[i], k);
    const std::vector<double> ours = box_numbers(our_box.data()), theirs = box_numbers(&box.at(i * kBoxValues));
    for (std::size_t side = 0; side < ours.size(); ++side) {
      const double difference = std::abs(ours[side] - theirs[side]);
      if constexpr (model_info::kContract == model_info::Contract::kRaw) {
        stage.add(difference);
      } else if (!(difference <= tolerances.corner)) {  // pixels: not in the stage's unit, a score
        stage.add_problem(picture.name + ": a box of candidate " + std::to_string(rows[i]) + " is off by " +
                          support::shortest(difference) + " px");
      }
    }
  }
}

void compare_boxes(const Picture& picture, const Tolerances& tolerances, detector::Detector& detector, Stage& stage) {
  if (!picture.has("boxes.box")) return;
  const Pixels pixels(picture);
  detector.set_thresholds(picture.thresholds);
  const Match result =
      match(detector.detect(pixels.view).detections, golden_boxes(picture), picture.thresholds, tolerances);
  for (const double corner : result.corner) stage.add(corner);
  for (const double score : result.score) {
    if (!(score <= tolerances.score)) {
      stage.add_problem(picture.name + ": a score is off by " + support::shortest(score));
    }
  }
  for (const std::string& problem : result.problems) stage.add_problem(picture.name + ": " + problem);
}

}  // namespace parity
