#include "app/report.h"

#include <algorithm>
#include <cmath>

#include "app/task.h"
#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

using std::to_string;
using support::fixed;
using support::json_list;
using support::json_object;
using support::json_string;
using support::printable;

constexpr std::size_t kNameWidth = 20, kScoreWidth = 7, kPixelWidth = 9;  // characters
constexpr int kTimeDecimals = 3;                                          // of JSON
constexpr double kTenths = 10;                                            // of a millisecond

std::string_view name_of(const vision::Detection& box) {
  return kModel.class_names[static_cast<std::size_t>(box.class_id)];
}

std::string size_text(int width, int height) { return to_string(width) + " x " + to_string(height); }

std::string box_json(const vision::Result& result, std::size_t number) {
  const vision::Detection& box = result.boxes[number];
  const auto pixels = [](float corner) { return fixed(corner, kPixelDecimals); };
  std::string object = json_object({{"class_id", to_string(box.class_id)},
                                    {"class_name", json_string(name_of(box))},
                                    {"score", fixed(box.score, kScoreDecimals)},
                                    {"box", json_list(std::vector<float>{box.x1, box.y1, box.x2, box.y2}, pixels)}});
  return object.insert(object.size() - 1, more_json(result, number));
}

std::string boxes_json(const vision::Result& result) {
  std::string list = "[";
  for (std::size_t i = 0; i < result.boxes.size(); ++i) list += (i > 0 ? "," : "") + box_json(result, i);
  return list + "]";
}

}  // namespace

std::string counts_text(const std::vector<vision::Detection>& boxes) {
  std::map<int, int> counts;
  for (const auto& box : boxes) ++counts[box.class_id];
  std::string text;
  for (const auto& [class_id, count] : counts) {
    text += (text.empty() ? "" : ", ") + to_string(count) + " " +
            printable(kModel.class_names[static_cast<std::size_t>(class_id)]);
  }
  return text.empty() ? "nothing" : text;
}

std::string picture_text(const std::string& path, const vision::Result& result) {
  const vision::Timing& timing = result.timing;
  std::string text = printable(path) + ": " + size_text(result.width, result.height) + ", " +
                     counts_text(result.boxes) + ", " + fixed(timing.total(), 1) + " ms (preprocess " +
                     fixed(timing.preprocess, 1) + ", inference " + fixed(timing.inference, 1) + ", postprocess " +
                     fixed(timing.postprocess, 1) + ")\n";
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const vision::Detection& box = result.boxes[i];
    text +=
        "  " + support::left(printable(name_of(box)), kNameWidth) + support::right(fixed(box.score, 3), kScoreWidth);
    for (const float corner : {box.x1, box.y1, box.x2, box.y2}) text += support::right(fixed(corner, 1), kPixelWidth);
    text += more_text(result, i) + "\n";
  }
  return text;
}

std::string model_json() {
  return json_object({{"name", json_string(kModel.name)},
                      {"task", json_string(kModel.task)},
                      {"imgsz", json_list(std::vector<int>{kModel.input_height, kModel.input_width},
                                          [](int n) { return to_string(n); })},
                      {"classes", to_string(kModel.class_names.size())},
                      {"contract", json_string(kModel.contract_name())}});
}

std::string picture_json(const std::string& path, const vision::Result& result) {
  const auto time = [](double milliseconds) { return fixed(milliseconds, kTimeDecimals); };
  return json_object({{"path", json_string(path)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {"detections", boxes_json(result)},
                      {"timing_ms", json_object({{"preprocess", time(result.timing.preprocess)},
                                                 {"inference", time(result.timing.inference)},
                                                 {"postprocess", time(result.timing.postprocess)},
                                                 {"total", time(result.timing.total())}})}});
}

std::string frame_json(const std::string& path, long frame, double seconds, const vision::Result& result) {
  return json_object({{"path", json_string(path)},
                      {"frame", to_string(frame)},
                      {"time_s", fixed(seconds, kTimeDecimals)},
                      {"width", to_string(result.width)},
                      {"height", to_string(result.height)},
                      {"detections", boxes_json(result)}}) +
         "\n";
}

std::string failure_json(const std::string& path, const std::string& message) {
  return json_object({{"path", json_string(path)}, {"message", json_string(message)}});
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

std::string VideoSummary::text(const std::string& path) const {
  return printable(path) + ": " + size_ + ", " + to_string(frames_) + " frames, " + to_string(boxes_) + " boxes, " +
         fixed(median_milliseconds(), 1) + " ms a frame\n";
}

}  // namespace app
