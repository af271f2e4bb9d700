// Oriented boxes drawn.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "app/draw.h"
#include "app/task.h"
#include "vision/rotated_nms.h"

namespace app {

// Each with its label at the upper end.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  const Style style = style_for(picture);
  for (std::size_t i = result.boxes.size(); i-- > 0;) {  // the best one on top
    std::vector<cv::Point> corners;
    for (const vision::Point& corner : corners_of(result.rotated[i])) {
      corners.emplace_back(cvRound(corner.x), cvRound(corner.y));
    }
    const cv::Scalar colour = colour_of(result.boxes[i].class_id);
    cv::polylines(picture, std::vector<std::vector<cv::Point>>{corners}, true, colour, style.thickness, cv::LINE_AA);
    const auto upper = [](const cv::Point& a, const cv::Point& b) { return a.y != b.y ? a.y < b.y : a.x < b.x; };
    draw_label(picture, result.boxes[i], *std::min_element(corners.begin(), corners.end(), upper), style);
  }
}

}  // namespace app
