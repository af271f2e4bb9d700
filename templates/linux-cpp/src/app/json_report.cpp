#include "app/json_report.h"

#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

using support::fixed;
using support::json_string;

constexpr int kScoreDecimals = 6;
constexpr int kPixelDecimals = 3;
constexpr int kMillisecondDecimals = 3;

template <typename Items, typename ToJson>
std::string array(const Items& items, const ToJson& to_json) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += to_json(item);
  }
  return out + "]";
}

std::string detection_json(const vision::Detection& detection) {
  const float corners[] = {detection.x1, detection.y1, detection.x2, detection.y2};
  return "{\"class_id\":" + std::to_string(detection.class_id) +
         ",\"class_name\":" + json_string(kModel.class_names[static_cast<std::size_t>(detection.class_id)]) +
         ",\"score\":" + fixed(detection.score, kScoreDecimals) +
         ",\"box\":" + array(corners, [](float corner) { return fixed(corner, kPixelDecimals); }) + "}";
}

std::string timing_json(const vision::Timing& timing) {
  return "{\"preprocess\":" + fixed(timing.preprocess, kMillisecondDecimals) +
         ",\"inference\":" + fixed(timing.inference, kMillisecondDecimals) +
         ",\"postprocess\":" + fixed(timing.postprocess, kMillisecondDecimals) +
         ",\"total\":" + fixed(timing.total(), kMillisecondDecimals) + "}";
}

std::string frame_json(const Frame& frame) {
  return "\"detections\":" + array(frame.detections, detection_json) + ",\"timing_ms\":" + timing_json(frame.timing);
}

std::string size_json(int width, int height) {
  return "\"width\":" + std::to_string(width) + ",\"height\":" + std::to_string(height);
}

std::string picture_json(const PictureResult& picture) {
  return "{\"path\":" + json_string(picture.path) + "," + size_json(picture.width, picture.height) + "," +
         frame_json(picture.frame) + "}";
}

std::string video_json(const VideoResult& video) {
  return "{\"path\":" + json_string(video.path) + "," + size_json(video.width, video.height) +
         ",\"fps\":" + fixed(video.frames_per_second, kMillisecondDecimals) +
         ",\"frames\":" + array(video.frames, [](const Frame& frame) { return "{" + frame_json(frame) + "}"; }) + "}";
}

std::string failure_json(const Failure& failure) {
  return "{\"path\":" + json_string(failure.path) + ",\"message\":" + json_string(failure.message) + "}";
}

}  // namespace

std::string model_json() {
  return "{\"name\":" + json_string(kModel.name) + ",\"task\":" + json_string(kModel.task) + ",\"imgsz\":[" +
         std::to_string(kModel.input_height) + "," + std::to_string(kModel.input_width) +
         "],\"classes\":" + std::to_string(kModel.class_names.size()) +
         ",\"contract\":" + json_string(kModel.contract_name) + "}";
}

std::string results_json(const Results& results) {
  std::string out = "{\"model\":" + model_json() + ",\"images\":" + array(results.pictures, picture_json);
  if (!results.videos.empty()) out += ",\"videos\":" + array(results.videos, video_json);
  return out + ",\"errors\":" + array(results.failures, failure_json) + "}";
}

}  // namespace app
