#include "json/report.h"

#include <algorithm>

#include "json/results.h"
#include "support/program.h"
#include "support/text.h"

namespace json {
namespace {

using std::to_string;
using support::json_object;
using support::json_string;

constexpr int kWarmUpRuns = 5, kTimeDecimals = 3;

std::string median(std::vector<double> milliseconds) {
  const auto middle = milliseconds.begin() + static_cast<std::ptrdiff_t>(milliseconds.size() / 2);
  std::nth_element(milliseconds.begin(), middle, milliseconds.end());
  return json_object({{"median", support::fixed(*middle, kTimeDecimals)}});
}

// Returns one more member of an object, after another one; empty: none.
std::string member(const std::string& name, const std::string& value) {
  return value.empty() ? "" : ",\"" + name + "\":" + value;
}

}  // namespace

std::string picture(const std::string& path, const vision::Result& result, const vision::ModelInfo& model,
                    const std::string& map_path) {
  const std::string map = member("map", map_path.empty() ? "" : json_string(map_path));
  return json_object({{"path", json_string(path)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {results_name(model), list(rows(result, model)) + map}});
}

std::string error(const std::string& path, const std::string& message) {
  return json_object({{"path", json_string(path)}, {"message", json_string(message)}});
}

std::string report(const std::vector<std::string>& pictures, const std::vector<std::string>& errors,
                   const std::string& program) {
  return json_object({{"images", list(pictures)}, {"errors", list(errors) + member("program", program)}}) + "\n";
}

std::string frame(const std::string& path, long number, const vision::Result& result, const vision::ModelInfo& model) {
  return json_object({{"path", json_string(path)},
                      {"frame", to_string(number)},
                      {results_name(model), list(rows(result, model))}}) +
         "\n";
}

std::string benchmark(detector::Detector& detector, const vision::ImageView& image, int runs,
                      const std::string& program) {
  for (int i = 0; i < kWarmUpRuns && !support::stop_requested(); ++i) detector.detect(image);
  std::vector<double> preprocess, inference, postprocess, total;
  while (static_cast<int>(total.size()) < runs && !support::stop_requested()) {
    const vision::Timing timing = detector.detect(image).timing;
    preprocess.push_back(timing.preprocess);
    inference.push_back(timing.inference);
    postprocess.push_back(timing.postprocess);
    total.push_back(timing.total());
  }
  if (total.empty()) return "";
  const std::string times = json_object({{"preprocess", median(preprocess)},
                                         {"inference", median(inference)},
                                         {"postprocess", median(postprocess)},
                                         {"total", median(total)}});
  const std::string benchmark = json_object({{"runs", to_string(total.size())}, {"timing_ms", times}});
  return json_object({{"benchmark", benchmark + member("program", program)}}) + "\n";
}

}  // namespace json
