// Class maps drawn, and written.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "app/draw.h"
#include "app/task.h"
#include "app_model.h"
#include "support/text.h"
#include "vision/tasks/semantic.h"

namespace app {
namespace {

constexpr int kOpacity = 140;  // of a class's colour, of 256
constexpr std::size_t kMostInLegend = 12;

// Of a model of one class, a pixel is 1 where it is of that class, and 0 elsewhere: then it is not drawn.
int class_of(int value) { return kModel.class_names.size() == 1 ? value - 1 : value; }

// A class that is there is never said to have nothing.
std::string percent(const vision::ClassScore& one) {
  const double share = 100 * double{one.score};
  return share < 0.5 ? "<1 %" : support::fixed(share, 0) + " %";
}

}  // namespace

// Half transparent in the colours of the classes, with a legend of those that are there, largest first.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  for (int y = 0; y < picture.rows; ++y) {
    const std::uint16_t* in = result.class_map.data() + std::ptrdiff_t{y} * picture.cols;
    auto* out = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < picture.cols; ++x) {
      if (in[x] == vision::kNoClass || class_of(in[x]) < 0) continue;
      const cv::Scalar colour = colour_of(class_of(in[x]));
      for (int c = 0; c < 3; ++c) {
        out[x][c] =
            static_cast<std::uint8_t>((out[x][c] * (256 - kOpacity) + static_cast<int>(colour[c]) * kOpacity) >> 8);
      }
    }
  }
  const Style style = style_for(picture);
  const int height = cvRound(40 * style.font_scale) + 2 * style.margin;
  int y = style.margin + height;
  for (std::size_t i = 0; i < std::min(result.classes.size(), kMostInLegend); ++i) {
    const vision::ClassScore& one = result.classes[i];
    if (class_of(one.class_id) < 0) continue;
    if (y + height > picture.rows) break;  // there is no room for smaller ones
    draw_label(picture, class_of(one.class_id), percent(one), {style.margin, y += height}, style);
  }
  if (y > style.margin + height) draw_note(picture, "share of area", {style.margin, style.margin + height});
}

// A byte for every pixel.
cv::Mat map_of(const vision::Result& result) {
  cv::Mat map(result.height, result.width, CV_8UC1);
  std::transform(result.class_map.begin(), result.class_map.end(), map.begin<std::uint8_t>(),
                 [](std::uint16_t id) { return static_cast<std::uint8_t>(id); });
  return map;
}

}  // namespace app
