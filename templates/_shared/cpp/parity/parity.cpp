#include "parity/parity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "detector/detector.h"
#include "detector/model.h"
#include "support/sha256.h"
#include "support/text.h"
#include "vision/box_head.h"

namespace parity {
namespace {

using vision::Candidate;
using vision::Contract;
using vision::ModelInfo;

// The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ, in scores, and in
// corners at coordinates up to a few thousand pixels.
constexpr double kDecodedScore = 1e-5, kDecodedCorner = 0.01;

constexpr float kNoLogit = -16;            // never above a confidence
constexpr std::size_t kBoxValues = 4;      // of outputs without levels
constexpr std::size_t kProblemsShown = 5;  // a stage

bool has_levels(const ModelInfo& info) {
  return info.contract == Contract::kRaw || info.contract == Contract::kEnd2end;
}

std::size_t count_of(const vision::Shape& shape, int first) {
  return std::accumulate(shape.size + first, shape.size + shape.rank, std::size_t{1},
                         [](std::size_t product, int size) { return product * static_cast<std::size_t>(size); });
}

// Where a candidate's numbers are in the outputs: channel c of its box or class is at [tensor][offset + c * step].
struct Place {
  std::size_t tensor, offset, step, channels;

  std::size_t of(std::size_t channel) const {
    if (channel >= channels) throw std::out_of_range("the vectors name a channel that the model does not have");
    return offset + channel * step;
  }
};

Place find(const ModelInfo& info, std::size_t candidate, bool of_class) {
  const std::size_t which = of_class ? 1 : 0, first = of_class ? kBoxValues : 0;
  if (has_levels(info)) {
    for (std::size_t tensor = 0; tensor + 1 < info.outputs.size(); tensor += 2) {
      const std::size_t cells = count_of(info.outputs[tensor], 2);
      if (candidate < cells) {
        const auto channels = static_cast<std::size_t>(info.outputs[tensor + which].size[1]);
        return {tensor + which, candidate, cells, channels};
      }
      candidate -= cells;
    }
  } else {
    const bool in_rows = info.contract == Contract::kDetections;
    const auto rows = static_cast<std::size_t>(info.outputs[0].size[1]);
    const auto columns = static_cast<std::size_t>(info.outputs[0].size[2]);
    const std::size_t values = in_rows ? columns : rows, channels = of_class ? values - kBoxValues : kBoxValues;
    if (candidate < (in_rows ? rows : columns)) {
      return in_rows ? Place{0, candidate * columns + first, 1, channels}
                     : Place{0, first * columns + candidate, columns, channels};
    }
  }
  throw std::out_of_range("the vectors name a candidate that the model does not have");
}

// A box's numbers in what they are compared in: four distances in strides (the expectation of each side's bins), or as
// they are, in pixels.
std::vector<double> box_numbers(const ModelInfo& info, const float* row) {
  if (!has_levels(info) || info.reg_max == 1) return {row, row + kBoxValues};
  std::vector<double> numbers;
  for (const float* bins = row; bins < row + 4 * info.reg_max; bins += info.reg_max) {
    const float highest = *std::max_element(bins, bins + info.reg_max);
    double sum = 0, weighted = 0;
    for (int bin = 0; bin < info.reg_max; ++bin) {
      const double weight = std::exp(double{bins[bin]} - highest);
      sum += weight;
      weighted += weight * bin;
    }
    numbers.push_back(weighted / sum);
  }
  return numbers;
}

// Samples of what was computed against the expected ones. Where the digest of all of it agrees, all of it does.
template <typename Value>
void compare_samples(const std::vector<Value>& all, const std::vector<std::uint32_t>& index,
                     const std::vector<Value>& expected, const std::string& sha256, Stage& stage) {
  if (index.size() != expected.size()) throw std::runtime_error("samples without values in the vectors");
  for (std::size_t i = 0; i < index.size(); ++i) {
    stage.add(std::abs(static_cast<double>(all.at(index[i])) - static_cast<double>(expected[i])));
  }
  support::Sha256 hash;
  hash.update(all.data(), all.size() * sizeof(Value));
  if (hash.hex_digest() == sha256) stage.compared += static_cast<long>(all.size() - index.size());
}

std::string list(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "{" + text + "}";
}

std::string list(const Json& numbers) {
  std::vector<int> values;
  for (const Json& number : numbers.items()) values.push_back(number.integer());
  return list(values);
}

class Comparison {
 public:
  Comparison(const ModelInfo& info, const std::string& model_path, const Vectors& vectors)
      : info_(info), vectors_(vectors), detector_(info, model_path), input_(detector::make_input(info)), head_(info) {}

  Report report() {
    constants();
    Report report;
    report.images = vectors_.size();
    for (std::size_t i = 0; i < vectors_.size(); ++i) {
      const Picture picture = vectors_.read(i);
      letterbox(picture);
      if (picture.has("raw.sample.value")) raw(picture);
      decode(picture);
      nms(picture);
      if (!picture.has("boxes.box")) continue;
      boxes(picture);
      report.detections += picture.boxes().size();
    }
    report.stages = {constants_, letterboxed_, tensor_, raw_, decode_, nms_, boxes_};
    return report;
  }

 private:
  double tolerance(const char* name) const { return vectors_.tolerance(name); }
  double row_confidence() const { return vectors_.index()["row_confidence"].number(); }
  bool is_one_to_one() const { return info_.contract == Contract::kEnd2end || info_.contract == Contract::kDetections; }

  // Does model_info.h say of the model what the vectors say?
  void constants() {
    const auto same = [&](const std::string& name, const std::string& ours, const std::string& theirs) {
      constants_.add(ours == theirs ? 0 : 1);
      if (ours != theirs) constants_.problems.push_back(name + " is " + ours + " in model_info.h, expected " + theirs);
    };
    const auto number = [](std::size_t value) { return std::to_string(value); };
    const Json& index = vectors_.index();
    same("kModelSha256", std::string(info_.sha256), index["model_sha256"].string());
    same("kContract", std::string(info_.contract_name()), index["contract"].string());
    same("kInputHeight and kInputWidth", list({info_.input_height, info_.input_width}), list(index["input"]));
    same("the number of kClassNames", number(info_.class_names.size()), std::to_string(index["classes"].integer()));
    same("kRegMax", std::to_string(info_.reg_max), std::to_string(index["reg_max"].integer()));
    same("kStrides", list({info_.strides.begin(), info_.strides.end()}), list(index["strides"]));
    const auto& outputs = index["outputs"].items();
    same("the number of kOutputShapes", number(info_.outputs.size()), number(outputs.size()));
    for (std::size_t i = 0; i < info_.outputs.size() && i < outputs.size(); ++i) {
      const vision::Shape& shape = info_.outputs[i];
      same("kOutputShapes[" + number(i) + "]", list({shape.size, shape.size + shape.rank}), list(outputs[i]));
    }
  }

  void letterbox(const Picture& picture) {
    std::vector<std::uint8_t> bytes(std::size_t{3} * static_cast<std::size_t>(info_.input_height) *
                                    static_cast<std::size_t>(info_.input_width));
    const vision::LetterboxPlan plan = input_->to_bytes(picture.view(), bytes.data());
    const std::string place = list({plan.resized_width, plan.resized_height, plan.left, plan.top});
    const std::string expected = list({picture.resized_width, picture.resized_height, picture.left, picture.top});
    if (place != expected) {
      letterboxed_.problems.push_back(picture.name + ": width, height, left, top are " + place + ", expected " +
                                      expected);
    }
    compare_samples(bytes, picture.integers("letterbox.index"), picture.bytes("letterbox.value"),
                    picture.letterbox_sha256, letterboxed_);
    std::vector<float> tensor(bytes.size());
    input_->to_tensor(picture.view(), tensor.data());
    compare_samples(tensor, picture.integers("tensor.index"), picture.floats("tensor.value"), picture.tensor_sha256,
                    tensor_);
  }

  // The model's outputs.
  void raw(const Picture& picture) {
    detector::Model& model = detector_.model();
    input_->to_tensor(picture.view(), model.input());
    model.run();
    const auto read = [&](const Place& place, std::size_t channel) {
      return model.outputs()[place.tensor].floats()[place.of(channel)];
    };
    const auto candidate = picture.integers("raw.sample.candidate"), class_id = picture.integers("raw.sample.class");
    const auto value = picture.floats("raw.sample.value");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Place place = find(info_, candidate.at(i), true);
      raw_.add(std::abs(double{read(place, class_id.at(i))} - value[i]));
    }
    const auto rows = picture.integers("raw.row.candidate");
    const auto box = picture.floats("raw.row.box"), cls = picture.floats("raw.row.class");
    std::vector<float> our_box;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Place boxes = find(info_, rows[i], false), classes = find(info_, rows[i], true);
      for (std::size_t c = 0; c < classes.channels; ++c) {
        raw_.add(std::abs(double{read(classes, c)} - cls.at(i * classes.channels + c)));
      }
      our_box.clear();
      for (std::size_t c = 0; c < boxes.channels; ++c) our_box.push_back(read(boxes, c));
      if (box.size() < (i + 1) * boxes.channels) throw std::out_of_range("raw.row.box is too short");
      const std::vector<double> ours = box_numbers(info_, our_box.data()),
                                theirs = box_numbers(info_, box.data() + i * boxes.channels);
      for (std::size_t side = 0; side < ours.size(); ++side) {
        const double difference = std::abs(ours[side] - theirs[side]);
        if (has_levels(info_)) {
          raw_.add(difference);
        } else if (!(difference <= tolerance("corner"))) {  // pixels: not in the stage's unit, a score
          raw_.problems.push_back(picture.name + ": a box of candidate " + std::to_string(rows[i]) + " is off by " +
                                  support::shortest(difference) + " px");
        }
      }
    }
  }

  // Decoding, of outputs that hold nothing but the rows of the vectors.
  void decode(const Picture& picture) {
    std::vector<std::vector<float>> tensors;
    std::vector<vision::TensorView> views;
    for (const vision::Shape& shape : info_.outputs)
      tensors.emplace_back(count_of(shape, 0), has_levels(info_) ? kNoLogit : 0);
    const auto rows = picture.integers("raw.row.candidate");
    const auto fill = [&](const char* array, bool of_class) {
      const auto values = picture.floats(array);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Place place = find(info_, rows[i], of_class);
        for (std::size_t c = 0; c < place.channels; ++c) {
          tensors[place.tensor][place.of(c)] = values.at(i * place.channels + c);
        }
      }
    };
    fill("raw.row.box", false);
    fill("raw.row.class", true);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      views.push_back({tensors[i].data(), vision::TensorType::kFloat32, info_.outputs[i], 1, 0});
    }

    vision::Thresholds thresholds = picture.thresholds;
    thresholds.confidence = row_confidence();
    const std::vector<Candidate>& ours = head_.candidates(views.data(), thresholds);
    const std::vector<Candidate> theirs = picture.candidates();
    // Both by rising index and class. One that only one side has must lie at a threshold itself: the confidence, or the
    // last score that top-k lets through.
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
        compare_candidate(picture, *our++, *their++);
      }
    }
  }

  void only_one(const Picture& picture, const Candidate& one, double floor, const std::string& side) {
    if (std::min(std::abs(one.score - floor), std::abs(one.score - row_confidence())) <= kDecodedScore) return;
    decode_.problems.push_back(picture.name + ": candidate " + std::to_string(one.index) + " with score " +
                               support::fixed(one.score, 6) + " is only " + side);
  }

  void compare_candidate(const Picture& picture, const Candidate& ours, const Candidate& theirs) {
    for (const auto corner : {&Candidate::x1, &Candidate::y1, &Candidate::x2, &Candidate::y2}) {
      decode_.add(std::abs(double{ours.*corner} - double{theirs.*corner}));
    }
    if (ours.class_id == theirs.class_id && std::abs(double{ours.score} - theirs.score) <= kDecodedScore) return;
    decode_.problems.push_back(picture.name + ": candidate " + std::to_string(ours.index) + " is class " +
                               std::to_string(ours.class_id) + " with score " + support::fixed(ours.score, 6) +
                               ", expected class " + std::to_string(theirs.class_id) + " with " +
                               support::fixed(theirs.score, 6));
  }

  // Which of PyTorch's candidates are chosen.
  void nms(const Picture& picture) {
    const std::vector<int>& ours = head_.choose(picture.candidates(), picture.thresholds);
    const std::vector<std::uint32_t> theirs = picture.integers("nms.keep");
    for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
      const bool same = i < ours.size() && i < theirs.size() && static_cast<std::uint32_t>(ours[i]) == theirs[i];
      nms_.add(same ? 0 : 1);
    }
  }

  // The whole chain, through the model.
  void boxes(const Picture& picture) {
    Rule rule{tolerance("score"), tolerance("corner"), tolerance("confidence_margin"), tolerance("iou_margin")};
    rule.has_nms = !is_one_to_one();
    if (info_.contract == Contract::kDetections) rule.most = static_cast<std::size_t>(info_.outputs[0].size[1]);
    detector_.set_thresholds(picture.thresholds);
    const Match found = match(detector_.detect(picture.view()).boxes, picture.boxes(), picture.thresholds, rule);
    for (const double corner : found.corner) boxes_.add(corner);
    for (const double score : found.score) {
      if (!(score <= rule.score)) {
        boxes_.problems.push_back(picture.name + ": a score is off by " + support::shortest(score));
      }
    }
    for (const std::string& problem : found.problems) boxes_.problems.push_back(picture.name + ": " + problem);
  }

  const ModelInfo& info_;
  const Vectors& vectors_;
  detector::Detector detector_;
  std::unique_ptr<vision::InputMaker> input_;
  vision::BoxHead head_;

  Stage constants_{"constants", 0, "differences"};
  Stage letterboxed_{"letterbox", tolerance("letterbox"), "of 255"};
  Stage tensor_{"tensor", tolerance("tensor"), ""};
  Stage raw_{"raw", tolerance(has_levels(info_) ? "raw" : "score"), has_levels(info_) ? "logits, strides" : "score"};
  Stage decode_{"decode", kDecodedCorner, "px of the input"};
  Stage nms_{"nms", 0, "differences"};
  Stage boxes_{"boxes", tolerance("corner"), "px"};
};

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string number(double value) { return std::isfinite(value) ? support::shortest(value) : "null"; }

std::string verdict(const Stage& stage) {
  if (stage.is_missing()) return "not compared: the vectors have nothing for it";
  return stage.passed() ? "passed" : "FAILED";
}

std::string strings_json(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + support::json_string(item);
  return out + "]";
}

}  // namespace

void Stage::add(double difference) {
  ++compared;
  worst = std::max(worst, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
}

bool Report::passed() const {
  const auto compared = [](const Stage& stage) { return !stage.is_missing(); };
  const auto good = [](const Stage& stage) { return stage.passed(); };
  return std::any_of(stages.begin(), stages.end(), compared) && std::all_of(stages.begin(), stages.end(), good);
}

Report run(const ModelInfo& info, const std::string& model_path, const std::string& vectors_folder) {
  const Vectors vectors(vectors_folder);
  Report report;
  reading([&] { report = Comparison(info, model_path, vectors).report(); });
  return report;
}

std::string report_table(const Report& report) {
  std::string text = "stage       compared    worst         tolerance  unit\n";
  bool all = true;
  for (const Stage& stage : report.stages) {
    all = all && !stage.is_missing();
    text += padded(stage.name, 12) + padded(std::to_string(stage.compared), 12) + padded(number(stage.worst), 14) +
            padded(number(stage.tolerance), 11) + padded(stage.unit, 18) + verdict(stage) + "\n";
    for (std::size_t i = 0; i < std::min(stage.problems.size(), kProblemsShown); ++i) {
      text += "    " + stage.problems[i] + "\n";
    }
    if (stage.problems.size() > kProblemsShown) {
      text += "    ... and " + std::to_string(stage.problems.size() - kProblemsShown) + " more\n";
    }
  }
  const std::string passed = all ? "the same as PyTorch\n" : "the same as PyTorch, as far as the vectors go\n";
  return text + std::to_string(report.images) + " pictures, " + std::to_string(report.detections) +
         " detections: " + (report.passed() ? passed : "NOT the same as PyTorch\n");
}

std::string report_json(const Report& report) {
  std::string stages;
  std::vector<std::string> missing, problems;
  for (const Stage& stage : report.stages) {
    stages += std::string(stages.empty() ? "" : ",") + "{\"name\":" + support::json_string(stage.name) +
              ",\"passed\":" + (stage.passed() ? "true" : "false") + ",\"worst\":" + number(stage.worst) +
              ",\"tolerance\":" + number(stage.tolerance) + ",\"unit\":" + support::json_string(stage.unit) +
              ",\"compared\":" + std::to_string(stage.compared) + "}";
    if (stage.is_missing()) missing.push_back(stage.name);
    for (const std::string& problem : stage.problems) problems.push_back(stage.name + ": " + problem);
  }
  return std::string("{\"passed\":") + (report.passed() ? "true" : "false") + ",\"stages\":[" + stages +
         "],\"images\":" + std::to_string(report.images) + ",\"detections\":" + std::to_string(report.detections) +
         ",\"missing\":" + strings_json(missing) + ",\"problems\":" + strings_json(problems) + "}\n";
}

}  // namespace parity
