#include "app/text_report.h"

#include <algorithm>
#include <map>

#include "app/statistics.h"
#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

using support::fixed;

constexpr std::size_t kNameWidth = 20;
constexpr std::size_t kScoreWidth = 7;
constexpr std::size_t kPixelWidth = 9;

std::string class_name(int class_id) {
  return support::printable(kModel.class_names[static_cast<std::size_t>(class_id)]);
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

// Padded by characters, not bytes.
std::string left(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::string_view rest = text; !rest.empty(); ++characters) support::take_character(rest);
  return text + std::string(characters < width ? width - characters : 0, ' ');
}

std::string box_line(const vision::Detection& detection) {
  std::string line =
      "  " + left(class_name(detection.class_id), kNameWidth) + right(fixed(detection.score, 3), kScoreWidth);
  for (const float corner : {detection.x1, detection.y1, detection.x2, detection.y2}) {
    line += right(fixed(corner, 1), kPixelWidth);
  }
  return line + "\n";
}

std::string size_text(int width, int height) { return std::to_string(width) + " x " + std::to_string(height); }

}  // namespace

std::string counts_text(const std::vector<vision::Detection>& detections) {
  std::map<int, int> counts;
  for (const auto& detection : detections) ++counts[detection.class_id];
  std::string text;
  for (const auto& [class_id, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + class_name(class_id);
  }
  return text.empty() ? "nothing" : text;
}

std::string picture_text(const PictureResult& picture) {
  const vision::Timing& timing = picture.frame.timing;
  std::string text = support::printable(picture.path) + ": " + size_text(picture.width, picture.height) + ", " +
                     counts_text(picture.frame.detections) + ", " + fixed(timing.total(), 1) + " ms (preprocess " +
                     fixed(timing.preprocess, 1) + ", inference " + fixed(timing.inference, 1) + ", postprocess " +
                     fixed(timing.postprocess, 1) + ")\n";
  for (const auto& detection : picture.frame.detections) text += box_line(detection);
  return text;
}

std::string video_text(const VideoResult& video) {
  std::vector<double> totals;
  std::size_t boxes = 0;
  for (const Frame& frame : video.frames) {
    totals.push_back(frame.timing.total());
    boxes += frame.detections.size();
  }
  return support::printable(video.path) + ": " + size_text(video.width, video.height) + ", " +
         std::to_string(video.frames.size()) + " frames, " + std::to_string(boxes) + " boxes, " +
         fixed(summarize(totals).median, 1) + " ms a frame\n";
}

}  // namespace app
