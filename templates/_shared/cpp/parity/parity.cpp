#include "parity/parity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "detector/detector.h"
#include "detector/model.h"
#include "support/text.h"

namespace parity {
namespace {

using support::json_list;
using support::json_object;
using support::json_string;
using support::left;
using vision::ModelInfo;

constexpr std::size_t kProblemsShown = 5;  // a stage

// Compares samples. If the digest of all values agrees, all values do; without a tolerance it must agree.
template <typename Value>
void compare_samples(const std::vector<Value>& all, const std::vector<std::uint32_t>& index,
                     const std::vector<Value>& expected, const std::string& sha256, const std::string& picture,
                     Stage& stage) {
  if (index.size() != expected.size()) throw std::runtime_error("samples without values in the vectors");
  for (std::size_t i = 0; i < index.size(); ++i) {
    stage.add(std::abs(static_cast<double>(all.at(index[i])) - static_cast<double>(expected[i])));
  }
  if (support::sha256(all.data(), all.size() * sizeof(Value)) == sha256) {
    stage.compared += static_cast<long>(all.size() - index.size());
  } else if (stage.tolerance == 0) {
    stage.problems.push_back(picture + ": not every number is equal");
  }
}

std::string list(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "{" + text + "}";
}

class Comparison {
 public:
  Comparison(const ModelInfo& info, detector::Detector& detector, const Vectors& vectors)
      : info_(info),
        vectors_(vectors),
        detector_(detector),
        preprocessor_(detector::make_preprocessor(info)),
        task_(make_task_stages(info, vectors)) {}

  Report report() {
    constants();
    Report report;
    report.images = vectors_.size();
    report.compared_with = info_.compared_with();
    for (std::size_t i = 0; i < vectors_.size(); ++i) {
      const Picture picture = vectors_.read(i);
      letterbox(picture);
      task_->compare(picture, detector_, *preprocessor_);
      if (!vectors_.is_extra_program()) continue;
      numbers_.add(detector_.has_nan() ? 1 : 0);
      if (detector_.has_nan()) numbers_.problems.push_back(picture.name + ": an output has NaN");
    }
    report.detections = task_->shown();
    report.stages = {constants_, letterboxed_, tensor_};
    if (vectors_.is_extra_program()) report.stages.push_back(numbers_);
    for (const Stage& stage : task_->stages()) report.stages.push_back(stage);
    return report;
  }

 private:
  double tolerance(const char* name) const { return vectors_.tolerance(name); }

  // Compares model_info.h with the vectors.
  void constants() {
    const auto same = [&](const std::string& name, const std::string& ours, const std::string& theirs) {
      constants_.add(ours == theirs ? 0 : 1);
      if (ours != theirs) constants_.problems.push_back(name + " is " + ours + " in model_info.h, expected " + theirs);
    };
    const Index& index = vectors_.index();
    const auto outputs = index.size("outputs");
    same("kModelSha256", std::string(info_.sha256), index.text("model_sha256"));
    same("kContract", std::string(info_.contract_name()), index.text("contract"));
    same("kInputHeight and kInputWidth", list({info_.input_height, info_.input_width}), list(index.integers("input")));
    same("the number of kClassNames", std::to_string(info_.class_names.size()), index.text("classes"));
    same("kRegMax", std::to_string(info_.reg_max), index.text("reg_max"));
    same("kStrides", list({info_.strides.begin(), info_.strides.end()}), list(index.integers("strides")));
    same("the number of kOutputShapes", std::to_string(info_.outputs.size()), std::to_string(outputs));
    for (std::size_t i = 0; i < info_.outputs.size() && i < outputs; ++i) {
      const vision::Shape& shape = info_.outputs[i];
      const std::string number = std::to_string(i);
      same("kOutputShapes[" + number + "]", list({shape.size, shape.size + shape.rank}),
           list(index.integers("outputs/" + number)));
    }
  }

  void letterbox(const Picture& picture) {
    const std::size_t pixels =
        static_cast<std::size_t>(info_.input_height) * static_cast<std::size_t>(info_.input_width);
    std::vector<std::uint8_t> planes(3 * pixels), bytes;  // the vectors have (H, W, 3)
    const vision::LetterboxPlan plan = preprocessor_->to_planes(picture.view(), planes.data());
    for (std::size_t i = 0; i < pixels; ++i) {
      bytes.insert(bytes.end(), {planes[i], planes[pixels + i], planes[2 * pixels + i]});
    }
    const std::string place = list({plan.resized_width, plan.resized_height, plan.left, plan.top});
    const std::string expected = list({picture.resized_width, picture.resized_height, picture.left, picture.top});
    if (place != expected) {
      letterboxed_.problems.push_back(picture.name + ": width, height, left, top are " + place + ", expected " +
                                      expected);
    }
    compare_samples(bytes, picture.integers("letterbox.index"), picture.bytes("letterbox.value"),
                    picture.letterbox_sha256, picture.name, letterboxed_);
    std::vector<float> tensor(bytes.size());
    if (info_.input_steps.is_int8()) {  // the vectors have the numbers that int8 stands for
      std::vector<std::int8_t> numbers(bytes.size());
      preprocessor_->to_tensor(picture.view(), numbers.data());
      const vision::Numbers values(numbers.data(), info_.input_steps);
      for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = values[i];
    } else {
      preprocessor_->to_tensor(picture.view(), tensor.data());
    }
    compare_samples(tensor, picture.integers("tensor.index"), picture.floats("tensor.value"), picture.tensor_sha256,
                    picture.name, tensor_);
  }

  const ModelInfo& info_;
  const Vectors& vectors_;
  detector::Detector& detector_;
  std::unique_ptr<vision::Preprocessor> preprocessor_;
  std::unique_ptr<TaskStages> task_;

  Stage constants_{"constants", 0, "differences"};
  Stage letterboxed_{"letterbox", tolerance("letterbox"), "of 255"};
  Stage tensor_{"tensor", tolerance("tensor"), ""};
  Stage numbers_{"numbers", 0, "pictures with NaN"};  // the vectors have samples of the outputs only
};

std::string number(double value) { return std::isfinite(value) ? support::shortest(value) : "null"; }

std::string verdict(const Stage& stage) {
  if (stage.is_missing()) return "not compared: the vectors have no data for it";
  return stage.passed() ? "passed" : "FAILED";
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
  const Vectors vectors(vectors_folder);  // an error of the vectors comes first
  detector::Detector detector(info, model_path);
  return run(info, detector, vectors);
}

Report run(const ModelInfo& info, detector::Detector& detector, const Vectors& vectors) {
  Report report;
  reading([&] { report = Comparison(info, detector, vectors).report(); });
  return report;
}

std::string report_table(const Report& report) {
  std::string text = "stage       compared    worst         tolerance  unit\n";
  bool all = true;
  for (const Stage& stage : report.stages) {
    all = all && !stage.is_missing();
    text += left(stage.name, 12) + left(std::to_string(stage.compared), 12) + left(number(stage.worst), 14) +
            left(number(stage.tolerance), 11) + left(stage.unit, 18) + verdict(stage) + "\n";
    for (std::size_t i = 0; i < std::min(stage.problems.size(), kProblemsShown); ++i) {
      text += "    " + stage.problems[i] + "\n";
    }
    if (stage.problems.size() > kProblemsShown) {
      text += "    ... and " + std::to_string(stage.problems.size() - kProblemsShown) + " more\n";
    }
  }
  const std::string same = (report.passed() ? "the same as " : "NOT the same as ") + report.compared_with;
  return text + support::how_many(report.images, "picture") + ", " + support::how_many(report.detections, "detection") +
         ": " + same + (report.passed() && !all ? ", as far as the vectors have data\n" : "\n");
}

std::string report_json(const Report& report) {
  std::vector<std::string> missing, problems;
  for (const Stage& stage : report.stages) {
    if (stage.is_missing()) missing.push_back(stage.name);
    for (const std::string& problem : stage.problems) problems.push_back(stage.name + ": " + problem);
  }
  const auto truth = [](bool value) { return std::string(value ? "true" : "false"); };
  const auto stage_json = [&](const Stage& stage) {
    return json_object({{"name", json_string(stage.name)},
                        {"passed", truth(stage.passed())},
                        {"worst", number(stage.worst)},
                        {"tolerance", number(stage.tolerance)},
                        {"unit", json_string(stage.unit)},
                        {"compared", std::to_string(stage.compared)}});
  };
  return json_object({{"passed", truth(report.passed())},
                      {"stages", json_list(report.stages, stage_json)},
                      {"images", std::to_string(report.images)},
                      {"detections", std::to_string(report.detections)},
                      {"missing", json_list(missing, json_string)},
                      {"problems", json_list(problems, json_string)}}) +
         "\n";
}

}  // namespace parity
