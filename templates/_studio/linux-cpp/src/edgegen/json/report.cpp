#include "json/report.h"

#include <algorithm>

#include "json/results.h"
#include "support/text.h"

namespace json {
namespace {

using std::to_string;
using support::fixed;
using support::json_list;
using support::json_object;
using support::json_string;

constexpr int kTimeDecimals = 3;

std::string median(std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  const std::size_t count = milliseconds.size();
  const double middle = (milliseconds[(count - 1) / 2] + milliseconds[count / 2]) / 2;
  return json_object({{"median", fixed(middle, kTimeDecimals)}});
}

}  // namespace

std::string model(const vision::ModelInfo& model) {
  const auto number = [](int value) { return to_string(value); };
  const std::string names = json_list(model.keypoint_names, json_string);
  return json_object({{"name", json_string(model.name)},
                      {"task", json_string(model.task)},
                      {"imgsz", json_list(std::vector<int>{model.input_height, model.input_width}, number)},
                      {"classes", to_string(model.class_names.size())},
                      {"contract", json_string(model.contract_name()) +
                                       (model.keypoint_names.empty() ? "" : ",\"keypoint_names\":" + names)}});
}

std::string picture(const std::string& path, const vision::Result& result, const vision::ModelInfo& model,
                    const std::string& more) {
  return json_object({{"path", json_string(path)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {results_name(model), list(rows(result, model)) + more},
                      {"timing_ms", timing(result.timing)}});
}

std::string error(const std::string& path, const std::string& message) {
  return json_object({{"path", json_string(path)}, {"message", json_string(message)}});
}

std::string frame(const std::string& path, long number, double seconds, const vision::Result& result,
                  const vision::ModelInfo& model, const std::string& more) {
  return json_object({{"path", json_string(path)},
                      {"frame", to_string(number)},
                      {"time_s", fixed(seconds, kTimeDecimals)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {results_name(model), list(rows(result, model)) + more}}) +
         "\n";
}

std::string timing(const vision::Timing& timing) {
  const auto time = [](double milliseconds) { return fixed(milliseconds, kTimeDecimals); };
  return json_object({{"preprocess", time(timing.preprocess)},
                      {"inference", time(timing.inference)},
                      {"postprocess", time(timing.postprocess)},
                      {"total", time(timing.total())}});
}

std::string timing(const std::vector<vision::Timing>& runs) {
  std::vector<double> preprocess, inference, postprocess, total;
  for (const vision::Timing& run : runs) {
    preprocess.push_back(run.preprocess);
    inference.push_back(run.inference);
    postprocess.push_back(run.postprocess);
    total.push_back(run.total());
  }
  return json_object({{"preprocess", median(preprocess)},
                      {"inference", median(inference)},
                      {"postprocess", median(postprocess)},
                      {"total", median(total)}});
}

}  // namespace json
