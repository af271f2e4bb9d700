// Classes drawn.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "app/draw.h"
#include "app/task.h"
#include "support/text.h"

namespace app {
namespace {

constexpr std::size_t kMostBars = 5;
constexpr double kBarWidth = 0.4;  // of the picture's width, for a score of 1
constexpr int kBarHeight = 3;      // times the thickness of lines
const cv::Scalar kTrack(40, 40, 40);

}  // namespace

// The best few as bars one below another, each with its name and score; the first one larger.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  const Style small = style_for(picture);
  Style style = small;
  style.font_scale *= 2;
  int y = small.margin;
  for (std::size_t i = 0; i < std::min(result.classes.size(), kMostBars); ++i) {
    const vision::ClassScore& one = result.classes[i];
    const int height = cvRound(40 * style.font_scale) + 2 * style.margin;
    const int whole = std::max(2, cvRound(kBarWidth * picture.cols)), width = std::max(1, cvRound(one.score * whole));
    y += height;
    draw_label(picture, one.class_id, support::fixed(one.score, 2), {small.margin, y}, style);
    const int thickness = kBarHeight * small.thickness;
    cv::rectangle(picture, {small.margin, y, whole, thickness}, kTrack, cv::FILLED);
    cv::rectangle(picture, {small.margin, y, width, thickness}, colour_of(one.class_id), cv::FILLED);
    y += thickness + small.margin;
    style = small;
  }
}

}  // namespace app
