#include "json/report.h"

#include <algorithm>
#include <vector>

#include "json/results.h"
#include "support/program.h"
#include "support/text.h"

namespace json {
namespace {

constexpr int kWarmUpRuns = 5, kTimeDecimals = 3;

const char* comma_after(const std::string& list) { return list.empty() ? "" : ","; }

std::string median(std::vector<double> milliseconds) {
  const auto middle = milliseconds.begin() + static_cast<std::ptrdiff_t>(milliseconds.size() / 2);
  std::nth_element(milliseconds.begin(), middle, milliseconds.end());
  return support::json_object({{"median", support::fixed(*middle, kTimeDecimals)}});
}

// Returns one more member of an object, after another one; empty: none.
std::string member(const std::string& program) { return program.empty() ? "" : ",\"program\":" + program; }

}  // namespace

void Report::add(const std::string& path, const vision::Result& result, const std::string& map_path) {
  const std::string map = map_path.empty() ? "" : ",\"map\":" + support::json_string(map_path);
  images_ += comma_after(images_) + support::json_object({{"path", support::json_string(path)},
                                                          {"width", std::to_string(result.width)},
                                                          {"height", std::to_string(result.height)},
                                                          {results_name(model_), list(rows(result, model_)) + map}});
}

void Report::add_error(const std::string& path, const std::string& message) {
  errors_ += comma_after(errors_) +
             support::json_object({{"path", support::json_string(path)}, {"message", support::json_string(message)}});
}

std::string Report::text() const {
  return support::json_object({{"images", "[" + images_ + "]"}, {"errors", "[" + errors_ + "]" + member(program_)}}) +
         "\n";
}

std::string frame(const std::string& path, long number, const vision::Result& result, const vision::ModelInfo& model) {
  return support::json_object({{"path", support::json_string(path)},
                               {"frame", std::to_string(number)},
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
  const std::string times = support::json_object({{"preprocess", median(preprocess)},
                                                  {"inference", median(inference)},
                                                  {"postprocess", median(postprocess)},
                                                  {"total", median(total)}});
  const std::string benchmark = support::json_object({{"runs", std::to_string(total.size())}, {"timing_ms", times}});
  return support::json_object({{"benchmark", benchmark + member(program)}}) + "\n";
}

}  // namespace json
