#include "app/report.h"

#include <algorithm>
#include <cmath>

#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

using support::fixed;
using support::json_string;

constexpr std::size_t kNameWidth = 20, kScoreWidth = 7, kPixelWidth = 9;  // characters
constexpr int kScoreDecimals = 6, kPixelDecimals = 3, kTimeDecimals = 3;  // of JSON
constexpr double kTenths = 10;                                            // of a millisecond

std::string_view name_of(int class_id) { return kModel.class_names[static_cast<std::size_t>(class_id)]; }

std::string right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

// Padded by characters, not bytes.
std::string left(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::string_view rest = text; !rest.empty(); ++characters) support::take_character(rest);
  return text + std::string(characters < width ? width - characters : 0, ' ');
}

std::string size_text(int width, int height) { return std::to_string(width) + " x " + std::to_string(height); }

std::string size_json(const vision::Result& result) {
  return "\"width\":" + std::to_string(result.width) + ",\"height\":" + std::to_string(result.height);
}

std::string timing_json(const vision::Timing& timing) {
  return "{\"preprocess\":" + fixed(timing.preprocess, kTimeDecimals) +
         ",\"inference\":" + fixed(timing.inference, kTimeDecimals) +
         ",\"postprocess\":" + fixed(timing.postprocess, kTimeDecimals) +
         ",\"total\":" + fixed(timing.total(), kTimeDecimals) + "}";
}

}  // namespace

std::string counts_text(const std::vector<vision::Detection>& boxes) {
  std::map<int, int> counts;
  for (const auto& box : boxes) ++counts[box.class_id];
  std::string text;
  for (const auto& [class_id, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + support::printable(name_of(class_id));
  }
  return text.empty() ? "nothing" : text;
}

std::string boxes_text(const std::vector<vision::Detection>& boxes) {
  std::string text;
  for (const auto& box : boxes) {
    text +=
        "  " + left(support::printable(name_of(box.class_id)), kNameWidth) + right(fixed(box.score, 3), kScoreWidth);
    for (const float corner : {box.x1, box.y1, box.x2, box.y2}) text += right(fixed(corner, 1), kPixelWidth);
    text += "\n";
  }
  return text;
}

std::string picture_text(const std::string& path, const vision::Result& result) {
  const vision::Timing& timing = result.timing;
  return support::printable(path) + ": " + size_text(result.width, result.height) + ", " + counts_text(result.boxes) +
         ", " + fixed(timing.total(), 1) + " ms (preprocess " + fixed(timing.preprocess, 1) + ", inference " +
         fixed(timing.inference, 1) + ", postprocess " + fixed(timing.postprocess, 1) + ")\n" +
         boxes_text(result.boxes);
}

std::string model_json() {
  return "{\"name\":" + json_string(kModel.name) + ",\"task\":" + json_string(kModel.task) + ",\"imgsz\":[" +
         std::to_string(kModel.input_height) + "," + std::to_string(kModel.input_width) +
         "],\"classes\":" + std::to_string(kModel.class_names.size()) +
         ",\"contract\":" + json_string(kModel.contract_name()) + "}";
}

std::string boxes_json(const std::vector<vision::Detection>& boxes) {
  std::string out = "[";
  for (const auto& box : boxes) {
    if (out.size() > 1) out += ',';
    out += "{\"class_id\":" + std::to_string(box.class_id) + ",\"class_name\":" + json_string(name_of(box.class_id)) +
           ",\"score\":" + fixed(box.score, kScoreDecimals) + ",\"box\":[" + fixed(box.x1, kPixelDecimals) + "," +
           fixed(box.y1, kPixelDecimals) + "," + fixed(box.x2, kPixelDecimals) + "," + fixed(box.y2, kPixelDecimals) +
           "]}";
  }
  return out + "]";
}

std::string picture_json(const std::string& path, const vision::Result& result) {
  return "{\"path\":" + json_string(path) + "," + size_json(result) + ",\"detections\":" + boxes_json(result.boxes) +
         ",\"timing_ms\":" + timing_json(result.timing) + "}";
}

std::string frame_json(const std::string& path, long frame, double seconds, const vision::Result& result) {
  return "{\"path\":" + json_string(path) + ",\"frame\":" + std::to_string(frame) +
         ",\"time_s\":" + fixed(seconds, kTimeDecimals) + "," + size_json(result) +
         ",\"detections\":" + boxes_json(result.boxes) + "}\n";
}

std::string failure_json(const std::string& path, const std::string& message) {
  return "{\"path\":" + json_string(path) + ",\"message\":" + json_string(message) + "}";
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
  if (frames_++ == 0) {
    width_ = result.width;
    height_ = result.height;
  }
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
  return support::printable(path) + ": " + size_text(width_, height_) + ", " + std::to_string(frames_) + " frames, " +
         std::to_string(boxes_) + " boxes, " + fixed(median_milliseconds(), 1) + " ms a frame\n";
}

}  // namespace app
