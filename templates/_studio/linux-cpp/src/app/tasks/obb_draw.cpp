// Oriented boxes drawn.
#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "app/draw.h"
#include "app/task.h"
#include "vision/rotated_nms.h"

namespace app {

namespace {

constexpr float kFarOut = 1e6F;  // pixels: a line that far from the picture is not told from one farther

// The left end of the upper side.
cv::Point label_place(const std::vector<cv::Point>& corners) {
  const std::size_t count = corners.size();
  std::size_t upper = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (corners[i].y + corners[(i + 1) % count].y < corners[upper].y + corners[(upper + 1) % count].y) upper = i;
  }
  const cv::Point &a = corners[upper], &b = corners[(upper + 1) % count];
  return a.x < b.x ? a : b;
}

}  // namespace

// All boxes first, then their labels: each at the left end of its box's upper side.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  const Style style = style_for(picture);
  std::vector<std::vector<cv::Point>> boxes;
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    std::vector<cv::Point>& corners = boxes.emplace_back();
    for (const vision::Point& corner : corners_of(result.rotated[i])) {
      corners.emplace_back(cvRound(std::clamp(corner.x, -kFarOut, kFarOut)),
                           cvRound(std::clamp(corner.y, -kFarOut, kFarOut)));
    }
  }
  for (std::size_t i = boxes.size(); i-- > 0;) {  // the best one on top
    cv::polylines(picture, boxes[i], true, colour_of(result, i), style.thickness, cv::LINE_AA);
  }
  std::vector<cv::Point> places;
  for (const auto& corners : boxes) places.push_back(label_place(corners));
  draw_labels(picture, result, places);
}

}  // namespace app
