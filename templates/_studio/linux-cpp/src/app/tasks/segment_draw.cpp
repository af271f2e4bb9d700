// Masks drawn.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "app/draw.h"
#include "app/task.h"
#include "vision/contour.h"
#include "vision/letterbox.h"

namespace app {
namespace {

constexpr int kOpacity = 115;  // of a mask, of 256

// For each pixel of an axis of the picture, the bitmap's pixel at the same place.
std::vector<int> places(int count, int border, double gain, int size) {
  std::vector<int> found;
  for (int i = 0; i < count; ++i) {
    found.push_back(std::clamp(border + static_cast<int>((i + 0.5) * gain), 0, size - 1));
  }
  return found;
}

void mix(std::uint8_t& value, double colour) {
  value = static_cast<std::uint8_t>((value * (256 - kOpacity) + static_cast<int>(colour) * kOpacity) >> 8);
}

}  // namespace

// Half transparent in the colour of the class, with a line around it.
void draw_more(cv::Mat& picture, const vision::Result& result) {
  const vision::Masks& masks = result.masks;
  if (masks.parts.empty()) return;
  const Style style = style_for(picture);
  const vision::LetterboxPlan plan = vision::plan_letterbox(picture.cols, picture.rows, masks.width, masks.height);
  const std::vector<int> columns = places(picture.cols, plan.left, plan.gain_x, masks.width);
  const std::vector<int> rows = places(picture.rows, plan.top, plan.gain_y, masks.height);
  for (std::size_t i = masks.parts.size(); i-- > 0;) {  // the best one on top
    const vision::Masks::Part& part = masks.parts[i];
    const cv::Scalar colour = colour_of(result, i);
    const auto first = std::lower_bound(columns.begin(), columns.end(), part.left) - columns.begin();
    const auto last = std::lower_bound(columns.begin(), columns.end(), part.left + part.width) - columns.begin();
    for (int y = 0; y < picture.rows; ++y) {
      const int mask_y = rows[static_cast<std::size_t>(y)];
      if (mask_y < part.top || mask_y >= part.top + part.height) continue;
      const std::uint8_t* in = masks.row(i, mask_y) - part.left;
      auto* out = picture.ptr<cv::Vec3b>(y);
      for (auto x = first; x < last; ++x) {
        if (in[columns[static_cast<std::size_t>(x)]] == 0) continue;
        for (int c = 0; c < 3; ++c) mix(out[x][c], colour[c]);
      }
    }
    std::vector<std::vector<cv::Point>> lines;
    for (const auto& outline : outlines_of(result, i)) {
      std::vector<cv::Point>& line = lines.emplace_back();
      for (const vision::Point& point : outline) line.emplace_back(cvRound(point.x), cvRound(point.y));
    }
    cv::polylines(picture, lines, true, colour, std::max(1, style.thickness / 2), cv::LINE_AA);
  }
}

// 255 where the thing is.
cv::Mat mask_of(const vision::Result& result, std::size_t number) {
  const vision::Masks& masks = result.masks;
  const vision::Masks::Part& part = masks.parts[number];
  const vision::LetterboxPlan plan = vision::plan_letterbox(result.width, result.height, masks.width, masks.height);
  const std::vector<int> columns = places(result.width, plan.left, plan.gain_x, masks.width);
  const std::vector<int> rows = places(result.height, plan.top, plan.gain_y, masks.height);
  cv::Mat mask = cv::Mat::zeros(result.height, result.width, CV_8UC1);
  for (int y = 0; y < mask.rows; ++y) {
    const int mask_y = rows[static_cast<std::size_t>(y)];
    if (mask_y < part.top || mask_y >= part.top + part.height) continue;
    const std::uint8_t* in = masks.row(number, mask_y);
    for (int x = 0; x < mask.cols; ++x) {
      const int mask_x = columns[static_cast<std::size_t>(x)] - part.left;
      if (mask_x >= 0 && mask_x < part.width && in[mask_x] != 0) mask.at<std::uint8_t>(y, x) = 255;
    }
  }
  return mask;
}

}  // namespace app
