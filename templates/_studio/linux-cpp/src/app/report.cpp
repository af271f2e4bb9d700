#include "app/report.h"

#include <algorithm>
#include <cmath>

#include "app/task.h"
#include "app_model.h"
#include "json/results.h"
#include "support/text.h"

namespace app {
namespace {

using std::to_string;
using support::fixed;
using support::json_list;
using support::json_object;
using support::json_string;
using support::printable;

constexpr int kTimeDecimals = 3;  // of JSON
constexpr double kTenths = 10;    // of a millisecond

std::string size_text(int width, int height) { return to_string(width) + " x " + to_string(height); }

std::string timing_json(const vision::Timing& timing) {
  const auto time = [](double milliseconds) { return fixed(milliseconds, kTimeDecimals); };
  return json_object({{"preprocess", time(timing.preprocess)},
                      {"inference", time(timing.inference)},
                      {"postprocess", time(timing.postprocess)},
                      {"total", time(timing.total())}});
}

}  // namespace

std::string found_json(const vision::Result& result) { return json::list(json::rows(result, kModel)); }

std::string counts_text(const vision::Result& result) {
  std::string text;
  for (const std::string& count : counts(result)) text += (text.empty() ? "" : ", ") + count;
  return text.empty() ? "nothing" : text;
}

std::string picture_text(const std::string& path, const vision::Result& result) {
  const vision::Timing& timing = result.timing;
  return printable(path) + ": " + size_text(result.width, result.height) + ", " + counts_text(result) + ", " +
         fixed(timing.total(), 1) + " ms (preprocess " + fixed(timing.preprocess, 1) + ", inference " +
         fixed(timing.inference, 1) + ", postprocess " + fixed(timing.postprocess, 1) + ")\n" + found_text(result);
}

std::string model_json() {
  std::string json = json_object({{"name", json_string(kModel.name)},
                                  {"task", json_string(kModel.task)},
                                  {"imgsz", json_list(std::vector<int>{kModel.input_height, kModel.input_width},
                                                      [](int n) { return to_string(n); })},
                                  {"classes", to_string(kModel.class_names.size())},
                                  {"contract", json_string(kModel.contract_name())}});
  return json.insert(json.size() - 1, model_more_json());
}

std::string picture_json(const std::string& path, const vision::Result& result, const std::string& more) {
  return json_object({{"path", json_string(path)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {kFoundName, found_json(result) + more},
                      {"timing_ms", timing_json(result.timing)}});
}

std::string frame_json(const std::string& path, long frame, double seconds, const vision::Result& result,
                       const std::string& more) {
  return json_object({{"path", json_string(path)},
                      {"frame", to_string(frame)},
                      {"time_s", fixed(seconds, kTimeDecimals)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {kFoundName, found_json(result) + more}}) +
         "\n";
}

std::string failure_json(const std::string& path, const std::string& message) {
  return json_object({{"path", json_string(path)}, {"message", json_string(message)}});
}

std::string status_json(const std::string& path, double frames_per_second, const vision::Timing& timing,
                        const vision::Result& result, bool has_ended, const std::string& more) {
  return json_object({{"app", json_string(kModel.app_name)},
                      {"source", json_string(path)},
                      {"fps", fixed(frames_per_second, 1)},
                      {"timing_ms", timing_json(timing)},
                      {"counts", json_list(counts(result), [](const std::string& one) { return json_string(one); })},
                      {"ended", (has_ended ? "true" : "false") + more}});
}

Summary summarize(std::vector<double> measurements) {
  if (measurements.empty()) return {};
  std::sort(measurements.begin(), measurements.end());
  const std::size_t count = measurements.size();
  const double median = (measurements[(count - 1) / 2] + measurements[count / 2]) / 2;
  const std::size_t rank = (count * 9 + 9) / 10;  // nearest rank: ceil(0.9 * count)
  return {measurements.front(), median, measurements[rank - 1]};
}

void VideoSummary::add(const vision::Result& result) {
  if (frames_++ == 0) size_ = size_text(result.width, result.height);
  boxes_ += result.boxes.size();
  ++tenths_[std::lround(result.timing.total() * kTenths)];
}

double VideoSummary::median_milliseconds() const {
  std::size_t below = 0;
  for (const auto& [tenths, count] : tenths_) {
    below += count;
    if (2 * below >= frames_) return static_cast<double>(tenths) / kTenths;
  }
  return 0;
}

std::string VideoSummary::text(const std::string& path, const std::string& more) const {
  const std::string boxes = kHasBoxes ? support::how_many(boxes_, "box") + ", " : "";
  return printable(path) + ": " + size_ + ", " + support::how_many(frames_, "frame") + ", " + boxes +
         fixed(median_milliseconds(), 1) + " ms a frame" + more + "\n";
}

}  // namespace app
