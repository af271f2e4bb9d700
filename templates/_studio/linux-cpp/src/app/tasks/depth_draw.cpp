// Depth drawn, and written.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "app/draw.h"
#include "app/task.h"
#include "json/tasks/depth_json.h"
#include "support/text.h"

namespace app {
namespace {

constexpr int kColours = cv::COLORMAP_VIRIDIS;  // also for those who tell few colours apart
constexpr double kScaleHeight = 0.5;            // of the picture's
constexpr int kScaleWidth = 8;                  // times the thickness of lines

// 0 to most, from the least distance to the greatest; 0 also for what is none.
template <typename Value>
cv::Mat scaled(const vision::Result& result, double most) {
  return cv::Mat(json::scaled<Value>(result, most), true).reshape(1, result.height);
}

}  // namespace

// In the place of the picture: the nearest dark, the farthest bright, with the scale beside it. Where the distance is
// not known, the picture stays.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  const json::Range range = json::range_of(result);
  if (!range.any) return;
  cv::Mat colours, known(result.height, result.width, CV_8UC1);
  cv::applyColorMap(scaled<std::uint8_t>(result, 255), colours, kColours);
  std::transform(result.depth.begin(), result.depth.end(), known.begin<std::uint8_t>(),
                 [](float depth) { return static_cast<std::uint8_t>(std::isfinite(depth)); });
  colours.copyTo(picture, known);
  if (picture.rows < 2) return;  // no room for a scale
  const Style style = style_for(picture);
  const int height = std::max(2, cvRound(kScaleHeight * picture.rows)), width = kScaleWidth * style.thickness;
  cv::Mat ramp(height, std::min(width, picture.cols), CV_8UC1);
  for (int y = 0; y < height; ++y) ramp.row(y).setTo(255 - y * 255 / (height - 1));
  cv::Mat scale;
  cv::applyColorMap(ramp, scale, kColours);
  const int top = (picture.rows - height) / 2, left = std::max(0, picture.cols - scale.cols - 2 * style.margin);
  cv::Mat place = picture(cv::Rect(left, top, std::min(scale.cols, picture.cols - left), height));
  scale(cv::Rect(0, 0, place.cols, height)).copyTo(place);
  cv::rectangle(picture, {left, top, place.cols, height}, cv::Scalar(255, 255, 255), std::max(1, style.thickness / 2));
  draw_note(picture, support::fixed(range.highest, 2), {picture.cols, top});
  draw_note(picture, support::fixed(range.lowest, 2),
            {picture.cols, top + height + cvRound(30 * style.font_scale) + 3 * style.margin});
}

// 16 bits a pixel: 0 is the least distance, 65535 the greatest.
cv::Mat map_of(const vision::Result& result) { return scaled<std::uint16_t>(result, 65535); }

}  // namespace app
