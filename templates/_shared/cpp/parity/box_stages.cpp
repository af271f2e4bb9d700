#include "parity/box_stages.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "detector/model.h"
#include "support/text.h"

namespace parity {
namespace {

using vision::Candidate;
using vision::Contract;
using vision::Detection;

// Only the last bits of exp() and of sums may differ.
constexpr double kDecodedScore = 1e-5, kDecodedCorner = 0.01;

constexpr float kNoLogit = -16;         // below every confidence
constexpr std::size_t kBoxValues = 4;   // of outputs without levels
constexpr std::size_t kRowClasses = 2;  // of a row of detections: score and class

// The four distances of a box in strides: the expectation of each side's bins.
std::vector<double> distances(const float* row, int reg_max) {
  std::vector<double> numbers;
  for (const float* bins = row; bins < row + 4 * reg_max; bins += reg_max) {
    const float highest = *std::max_element(bins, bins + reg_max);
    double sum = 0, weighted = 0;
    for (int bin = 0; bin < reg_max; ++bin) {
      const double weight = std::exp(double{bins[bin]} - highest);
      sum += weight;
      weighted += weight * bin;
    }
    numbers.push_back(weighted / sum);
  }
  return numbers;
}

// Boxes further apart than this many tolerances are different objects. Not with may_swap: NMS may have chosen another.
constexpr double kSameObject = 16;

double corner_distance(const Detection& a, const Detection& b) {
  return std::max({std::abs(a.x1 - b.x1), std::abs(a.y1 - b.y1), std::abs(a.x2 - b.x2), std::abs(a.y2 - b.y2)});
}

double iou(const Detection& a, const Detection& b) {
  const auto area = [](const Detection& d) { return (double{d.x2} - d.x1) * (double{d.y2} - d.y1); };
  const double width = double{std::min(a.x2, b.x2)} - std::max(a.x1, b.x1);
  const double height = double{std::min(a.y2, b.y2)} - std::max(a.y1, b.y1);
  const double both = std::max(width, 0.0) * std::max(height, 0.0);
  return both > 0 ? both / (area(a) + area(b) - both) : 0;
}

std::string describe(const Detection& d, const std::string& side) {
  return side + ": class " + std::to_string(d.class_id) + ", score " + support::fixed(d.score, 4) + ", box " +
         support::fixed(d.x1, 1) + " " + support::fixed(d.y1, 1) + " " + support::fixed(d.x2, 1) + " " +
         support::fixed(d.y2, 1);
}

// The score below which a side has no detections: the confidence, or that of its last detection if it is full.
struct Floor {
  double score;
  bool is_full;  // the side is at its limit, which cuts off everything below its last detection
};

// A detection of one side, and its partner on the other, if any.
struct Seen {
  const Detection* detection;
  std::string side;
  Floor other_floor;
  const Detection* partner = nullptr;
  bool explained = false;
};

// ours: how many of `seen`, the first ones, are the app's.
void explain(std::vector<Seen>& seen, std::size_t ours, const vision::Thresholds& thresholds, const Rule& rule) {
  // Whether the two compete in NMS and their overlap passes.
  const auto competes = [&](const Seen& one, const Seen& other, auto passes) {
    return &one != &other && (thresholds.agnostic || one.detection->class_id == other.detection->class_id) &&
           passes(iou(*one.detection, *other.detection) - thresholds.iou);
  };
  const auto has = [&](auto condition) { return std::any_of(seen.begin(), seen.end(), condition); };
  for (Seen& one : seen) {
    if (one.partner != nullptr) continue;
    const double above = one.detection->score - one.other_floor.score;
    one.explained = (one.other_floor.is_full ? above : std::abs(above)) <= rule.confidence_margin ||
                    (rule.has_nms && has([&](const Seen& other) {
                       return competes(one, other, [&](double d) { return std::abs(d) <= rule.iou_margin; });
                     }));
  }
  const auto is_open = [](const Seen& one) { return one.partner == nullptr && !one.explained; };
  for (std::size_t o = 0; rule.has_nms && rule.may_swap && o < ours; ++o) {
    for (std::size_t t = ours; is_open(seen[o]) && t < seen.size(); ++t) {
      const Detection &our = *seen[o].detection, &their = *seen[t].detection;
      seen[o].explained = is_open(seen[t]) && our.class_id == their.class_id && iou(our, their) > thresholds.iou &&
                          std::abs(double{our.score} - their.score) <= rule.score;
      seen[t].explained = seen[t].explained || seen[o].explained;
    }
  }
  // NMS removes or keeps a box because of an explained one that overlaps it.
  for (bool changed = rule.has_nms; changed;) {
    changed = false;
    for (Seen& one : seen) {
      if (!is_open(one)) continue;
      one.explained = has([&](const Seen& other) {
        return other.explained && competes(one, other, [&](double d) { return d > -rule.iou_margin; });
      });
      changed = changed || one.explained;
    }
  }
}

Floor floor_of(const std::vector<Detection>& side, const vision::Thresholds& thresholds, const Rule& rule) {
  const auto most = std::min(static_cast<std::size_t>(thresholds.max_detections), rule.most);
  if (side.empty() || side.size() < most) return {thresholds.confidence, false};
  return {side.back().score, true};  // best first
}

}  // namespace

Match match(const std::vector<Detection>& ours, const std::vector<Detection>& theirs,
            const vision::Thresholds& thresholds, const Rule& rule) {
  std::vector<Seen> seen;
  for (const Detection& one : ours) seen.push_back({&one, "only the app shows", floor_of(theirs, thresholds, rule)});
  const std::string only_they = "only " + std::string(rule.compared_with) + " shows";
  for (const Detection& one : theirs) seen.push_back({&one, only_they, floor_of(ours, thresholds, rule)});

  Match result;
  const double farthest = rule.may_swap ? rule.corner : kSameObject * rule.corner;
  for (std::size_t t = ours.size(); t < seen.size(); ++t) {
    const Detection& their = *seen[t].detection;
    Seen* nearest = nullptr;
    for (std::size_t o = 0; o < ours.size(); ++o) {
      if (seen[o].partner != nullptr || seen[o].detection->class_id != their.class_id) continue;
      if (nearest == nullptr ||
          corner_distance(*seen[o].detection, their) < corner_distance(*nearest->detection, their)) {
        nearest = &seen[o];
      }
    }
    if (nearest == nullptr || !(corner_distance(*nearest->detection, their) <= farthest)) continue;
    nearest->partner = &their;
    seen[t].partner = nearest->detection;
    result.pairs.push_back({static_cast<std::size_t>(nearest - seen.data()), t - ours.size(),
                            corner_distance(*nearest->detection, their),
                            std::abs(nearest->detection->score - their.score)});
  }

  explain(seen, ours.size(), thresholds, rule);
  double lowest = 1;  // PyTorch's score, of the app's detections so far
  for (const Seen& one : seen) {
    if (one.partner == nullptr && !one.explained) result.problems.push_back(describe(*one.detection, one.side));
    if (rule.has_nms || one.partner == nullptr || &one >= seen.data() + ours.size()) continue;
    if (one.partner->score - lowest > rule.score) result.problems.push_back(describe(*one.detection, "out of order"));
    lowest = std::min(lowest, double{one.partner->score});
  }
  return result;
}

BoxStages::BoxStages(const vision::ModelInfo& info, const Vectors& vectors, int extras, int further)
    : info_(info),
      vectors_(vectors),
      head_(info, extras, further),
      raw_{"raw", vectors.tolerance(has_levels() ? "raw" : "score"), has_levels() ? "logits, strides" : "score"},
      decode_{"decode", kDecodedCorner, "px of the input"},
      nms_{"nms", 0, "differences"},
      boxes_{"boxes", vectors.tolerance("corner"), "px"},
      extras_(static_cast<std::size_t>(extras)),
      level_outputs_(extras > 0 ? 3 : 2) {}

void BoxStages::compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) {
  if (picture.has("raw.sample.value")) {
    detector::Model& model = detector.model();
    preprocessor.to_tensor(picture.view(), model.input());
    model.run();
    compare_raw(picture, model.outputs());
  }
  compare_decode(picture);
  compare_nms(picture);
  if (!picture.has("boxes.box")) return;
  compare_boxes(picture, detector);
  shown_ += picture.boxes().size();
}

std::size_t BoxStages::Place::of(std::size_t channel) const {
  if (channel >= channels) throw std::out_of_range("the vectors name a channel that the model does not have");
  return offset + channel * step;
}

BoxStages::Place BoxStages::find(std::size_t candidate, Part part) const {
  const auto number = static_cast<std::size_t>(part);
  if (has_levels()) {
    for (std::size_t level = 0; level < info_.strides.size(); ++level) {
      const std::size_t tensor = level * level_outputs_ + number, cells = info_.outputs[tensor].values(2);
      if (candidate < cells) {
        return {tensor, candidate, cells, static_cast<std::size_t>(info_.outputs[tensor].size[1])};
      }
      candidate -= cells;
    }
  } else {
    const bool in_rows = info_.contract == Contract::kDetections;
    const auto rows = static_cast<std::size_t>(info_.outputs[0].size[1]);
    const auto columns = static_cast<std::size_t>(info_.outputs[0].size[2]);
    const std::size_t sizes[] = {kBoxValues, in_rows ? kRowClasses : info_.class_names.size(), extras_};
    const std::size_t first = std::accumulate(sizes, sizes + number, std::size_t{0});
    if (candidate < (in_rows ? rows : columns)) {
      return in_rows ? Place{0, candidate * columns + first, 1, sizes[number]}
                     : Place{0, first * columns + candidate, columns, sizes[number]};
    }
  }
  throw std::out_of_range("the vectors name a candidate that the model does not have");
}

template <typename Use>
void BoxStages::for_each_row(const Picture& picture, Use use) const {
  const std::vector<std::uint32_t> candidates = picture.integers("raw.row.candidate");
  const std::string arrays[] = {"raw.row.box", "raw.row.class", extras_array()};
  for (const Part part : {Part::kBox, Part::kClass, Part::kExtras}) {
    const std::string& array = arrays[static_cast<std::size_t>(part)];
    const std::vector<float> values = array.empty() ? std::vector<float>() : picture.floats(array);
    for (std::size_t i = 0; !array.empty() && i < candidates.size(); ++i) {
      const Place place = find(candidates[i], part);
      if (values.size() < (i + 1) * place.channels) throw std::out_of_range(array + " is too short");
      use(part, candidates[i], place, values.data() + i * place.channels);
    }
  }
}

// The model's outputs.
void BoxStages::compare_raw(const Picture& picture, const vision::TensorView* outputs) {
  const auto read = [&](const Place& place, std::size_t channel) {
    return outputs[place.tensor].numbers()[place.of(channel)];
  };
  const auto candidate = picture.integers("raw.sample.candidate"), class_id = picture.integers("raw.sample.class");
  const auto value = picture.floats("raw.sample.value");
  for (std::size_t i = 0; i < value.size(); ++i) {
    raw_.add(std::abs(double{read(find(candidate.at(i), Part::kClass), class_id.at(i))} - value[i]));
  }
  for_each_row(picture, [&](Part part, std::size_t row, const Place& place, const float* theirs) {
    std::vector<float> ours;
    for (std::size_t c = 0; c < place.channels; ++c) ours.push_back(read(place, c));
    compare_row(picture, part, row, ours, theirs);
  });
}

void BoxStages::compare_row(const Picture& picture, Part part, std::size_t candidate, const std::vector<float>& ours,
                            const float* theirs) {
  if (part == Part::kBox && has_levels() && info_.reg_max > 1) {
    const auto our_sides = distances(ours.data(), info_.reg_max), their_sides = distances(theirs, info_.reg_max);
    for (std::size_t i = 0; i < our_sides.size(); ++i) raw_.add(std::abs(our_sides[i] - their_sides[i]));
    return;
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double difference = std::abs(double{ours[i]} - theirs[i]);
    if (has_levels() || part == Part::kClass) {
      raw_.add(difference);
    } else if (!(difference <= (part == Part::kBox ? tolerance("corner") : extras_tolerance(i)))) {
      // Pixels or angles: the stage's unit is a score.
      raw_.problems.push_back(picture.name + ": " + (part == Part::kBox ? "a box" : extras_array()) + " of candidate " +
                              std::to_string(candidate) + " is off by " + support::shortest(difference));
    }
  }
}

// Decodes outputs that have only the rows of the vectors.
void BoxStages::compare_decode(const Picture& picture) {
  std::vector<std::vector<float>> tensors;
  std::vector<vision::TensorView> views;
  for (const vision::Shape& shape : info_.outputs) tensors.emplace_back(shape.values(), has_levels() ? kNoLogit : 0);
  for_each_row(picture, [&](Part, std::size_t, const Place& place, const float* values) {
    for (std::size_t c = 0; c < place.channels; ++c) tensors[place.tensor][place.of(c)] = values[c];
  });
  std::vector<std::vector<std::int8_t>> numbers(tensors.size());  // of outputs in int8
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const vision::Steps steps = info_.steps_of(i);
    if (steps.is_int8()) {
      for (const float value : tensors[i]) numbers[i].push_back(vision::nearest(value, steps));
      views.push_back({{numbers[i].data(), steps}, info_.outputs[i]});
    } else {
      views.push_back({tensors[i].data(), info_.outputs[i]});
    }
  }

  vision::Thresholds thresholds = picture.thresholds;
  thresholds.confidence = row_confidence();
  const std::vector<Candidate> ours = candidates(views.data(), thresholds);
  const std::vector<Candidate> theirs = picture.candidates();
  // Both are sorted by index and class. A candidate of one side only must be at a threshold: the confidence, or the
  // last score of top-k.
  double floor = thresholds.confidence;
  if (info_.contract == Contract::kEnd2end) {
    for (const Candidate& one : theirs) floor = one.score < floor || &one == &theirs[0] ? one.score : floor;
  }
  const auto comes_first = [&](const Candidate& a, const Candidate& b) {
    return a.index != b.index ? a.index < b.index : is_one_to_one() && a.class_id < b.class_id;
  };
  auto our = ours.begin();
  auto their = theirs.begin();
  while (our != ours.end() || their != theirs.end()) {
    if (their == theirs.end() || (our != ours.end() && comes_first(*our, *their))) {
      only_one(picture, *our++, floor, "here");
    } else if (our == ours.end() || comes_first(*their, *our)) {
      only_one(picture, *their++, floor, "in the vectors");
    } else {
      compare_candidate(picture, *our, *their);
      compare_decoded(picture, views.data(), *our, static_cast<std::size_t>(our - ours.begin()),
                      static_cast<std::size_t>(their - theirs.begin()));
      ++our;
      ++their;
    }
  }
}

void BoxStages::only_one(const Picture& picture, const Candidate& one, double floor, const std::string& side) {
  if (std::min(std::abs(one.score - floor), std::abs(one.score - row_confidence())) <= kDecodedScore) return;
  decode_.problems.push_back(picture.name + ": candidate " + std::to_string(one.index) + " with score " +
                             support::fixed(one.score, 6) + " is only " + side);
}

void BoxStages::compare_candidate(const Picture& picture, const Candidate& ours, const Candidate& theirs) {
  for (const auto corner : {&Candidate::x1, &Candidate::y1, &Candidate::x2, &Candidate::y2}) {
    decode_.add(std::abs(double{ours.*corner} - double{theirs.*corner}));
  }
  if (ours.class_id == theirs.class_id && std::abs(double{ours.score} - theirs.score) <= kDecodedScore) return;
  decode_.problems.push_back(picture.name + ": candidate " + std::to_string(ours.index) + " is class " +
                             std::to_string(ours.class_id) + " with score " + support::fixed(ours.score, 6) +
                             ", expected class " + std::to_string(theirs.class_id) + " with " +
                             support::fixed(theirs.score, 6));
}

// Chooses among PyTorch's candidates.
void BoxStages::compare_nms(const Picture& picture) {
  const std::vector<std::size_t> ours = choose(picture);
  const std::vector<std::uint32_t> theirs = picture.integers("nms.keep");
  const auto kept = [](const auto& side, std::size_t i) {
    return i < side.size() ? "candidate " + std::to_string(side[i]) : "none";
  };
  for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    const std::string our = kept(ours, i), their = kept(theirs, i);
    nms_.count(our == their);
    if (our != their) {
      nms_.problems.push_back(picture.name + ": box " + std::to_string(i) + " is " + our + ", expected " + their);
    }
  }
}

// Runs the whole chain, with the model.
void BoxStages::compare_boxes(const Picture& picture, detector::Detector& detector) {
  Rule rule{tolerance("score"), tolerance("corner"), tolerance("confidence_margin"), tolerance("iou_margin")};
  rule.has_nms = !is_one_to_one();
  rule.may_swap = vectors_.is_extra_program();
  rule.compared_with = info_.compared_with();
  if (info_.contract == Contract::kDetections) rule.most = static_cast<std::size_t>(info_.outputs[0].size[1]);
  detector.set_thresholds(picture.thresholds);
  const vision::Result& result = detector.detect(picture.view());
  const Match found = match(result.boxes, picture.boxes(), picture.thresholds, rule);
  for (const Match::Pair& pair : found.pairs) {
    boxes_.add(pair.corner);
    if (!(pair.score <= rule.score)) {
      boxes_.problems.push_back(picture.name + ": a score is off by " + support::shortest(pair.score));
    }
  }
  for (const std::string& problem : found.problems) boxes_.problems.push_back(picture.name + ": " + problem);
  compare_shown(picture, result, found.pairs);
}

}  // namespace parity
