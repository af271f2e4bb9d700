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

bool is_raw(const vision::ModelInfo& info) { return info.contract == vision::Contract::kRaw; }

// The distance that a side's bins stand for: the expectation of their softmax, in strides.
double expected_distance(const float* bins, int reg_max) {
  const float highest = *std::max_element(bins, bins + reg_max);
  double sum = 0, weighted = 0;
  for (int bin = 0; bin < reg_max; ++bin) {
    const double weight = std::exp(double{bins[bin]} - highest);
    sum += weight;
    weighted += weight * bin;
  }
  return weighted / sum;
}

// A row's box, in what it is compared in: four distances in strides, or cx cy w h in pixels.
std::vector<double> box_numbers(const vision::ModelInfo& info, const float* row) {
  std::vector<double> numbers;
  for (int side = 0; side < 4; ++side) {
    numbers.push_back(is_raw(info) ? expected_distance(row + side * info.reg_max, info.reg_max) : row[side]);
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
                          static_cast<int>(class_id.at(i)), 0});
  }
  return detections;
}

void compare_raw(const vision::ModelInfo& info, const Picture& picture, const Tolerances& tolerances,
                 detector::Model& model, Stage& stage) {
  if (!picture.has("raw.sample.value")) return;
  const Pixels pixels(picture);
  detector::make_letterbox(info).to_tensor(pixels.view, model.input());
  model.run();
  const vision::TensorView* outputs = model.outputs();

  const auto candidate = picture.integers("raw.sample.candidate"), class_id = picture.integers("raw.sample.class");
  const auto value = picture.floats("raw.sample.value");
  for (std::size_t i = 0; i < value.size(); ++i) {
    stage.add(std::abs(double{class_value(info, outputs, candidate.at(i), class_id.at(i))} - value[i]));
  }

  const auto rows = picture.integers("raw.row.candidate");
  const auto box = picture.floats("raw.row.box"), cls = picture.floats("raw.row.class");
  const std::size_t box_size = box_values(info), classes = info.class_names.size();
  std::vector<float> our_box(box_size);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t c = 0; c < classes; ++c) {
      stage.add(std::abs(double{class_value(info, outputs, rows[i], c)} - cls.at(i * classes + c)));
    }
    for (std::size_t k = 0; k < box_size; ++k) our_box[k] = box_value(info, outputs, rows[i], k);
    const std::vector<double> ours = box_numbers(info, our_box.data()),
                              theirs = box_numbers(info, &box.at(i * box_size));
    for (std::size_t side = 0; side < ours.size(); ++side) {
      const double difference = std::abs(ours[side] - theirs[side]);
      if (is_raw(info)) {
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
  const Match result = match(detector.detect(pixels.view).boxes, golden_boxes(picture), picture.thresholds, tolerances);
  for (const double corner : result.corner) stage.add(corner);
  for (const double score : result.score) {
    if (!(score <= tolerances.score)) {
      stage.add_problem(picture.name + ": a score is off by " + support::shortest(score));
    }
  }
  for (const std::string& problem : result.problems) stage.add_problem(picture.name + ": " + problem);
}

}  // namespace parity
