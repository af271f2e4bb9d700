// Poses drawn.
#include <opencv2/imgproc.hpp>

#include "app/draw.h"
#include "app/task.h"
#include "app_model.h"
#include "vision/keypoints.h"

namespace app {
namespace {

constexpr double kRimBrightness = 0.35;  // of the colour's

cv::Point place_of(const vision::Keypoint& point) { return {cvRound(point.x), cvRound(point.y)}; }

}  // namespace

// In the colour of the class, on a darker ground, so that they are seen on pictures of that colour too.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  const Style style = style_for(picture);
  for (std::size_t i = result.boxes.size(); i-- > 0;) {  // the best one on top
    const vision::Keypoint* points = result.keypoints.data() + i * static_cast<std::size_t>(kModel.keypoints);
    const cv::Scalar colour = colour_of(result, i), rim = colour * kRimBrightness;
    for (const auto& limb : kModel.skeleton) {
      const vision::Keypoint &from = points[limb.from], &to = points[limb.to];
      if (!vision::is_visible(from) || !vision::is_visible(to)) continue;
      cv::line(picture, place_of(from), place_of(to), rim, 2 * style.thickness, cv::LINE_AA);
      cv::line(picture, place_of(from), place_of(to), colour, style.thickness, cv::LINE_AA);
    }
    for (int k = 0; k < kModel.keypoints; ++k) {
      if (!vision::is_visible(points[k])) continue;
      cv::circle(picture, place_of(points[k]), 2 * style.thickness + 1, rim, cv::FILLED, cv::LINE_AA);
      cv::circle(picture, place_of(points[k]), 2 * style.thickness - 1, colour, cv::FILLED, cv::LINE_AA);
    }
  }
}

}  // namespace app
