// The shares of a semantic map are written in percent of the area. For a project of semantic maps; prints each
// difference.
#include <algorithm>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <string>

#include "app/draw.h"
#include "app/task.h"
#include "app_model.h"
#include "vision/tasks/semantic.h"

namespace {

constexpr int kWidth = 640, kHeight = 480;
const cv::Scalar kGrey(90, 100, 110);
int wrong = 0;

void expect(const std::string& what, bool is_so) {
  if (is_so) return;
  ++wrong;
  std::printf("wrong: %s\n", what.c_str());
}

vision::Result with_share(int class_id, float share) {
  vision::Result result;
  result.width = kWidth;
  result.height = kHeight;
  result.class_map.assign(std::size_t{kWidth} * kHeight, vision::kNoClass);  // so that nothing but the legend is drawn
  result.classes = {{class_id, share}};
  return result;
}

cv::Mat drawn(const vision::Result& result) {
  cv::Mat picture(kHeight, kWidth, CV_8UC3, kGrey);
  app::draw_result(picture, result);
  return picture;
}

// The ground of a label: all pixels of exactly this colour.
cv::Rect ground(const cv::Mat& picture, const cv::Scalar& colour) {
  cv::Mat is_colour;
  cv::inRange(picture, colour, colour, is_colour);
  return cv::boundingRect(is_colour);
}

int width_of(const std::string& text) {
  const app::Style style = app::style_for(cv::Mat(kHeight, kWidth, CV_8UC3));
  const int thickness = std::max(1, style.thickness / 2);
  const cv::Size letters = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, style.font_scale, thickness, nullptr);
  return letters.width + 2 * style.margin;
}

}  // namespace

int main() {
  const std::string name(app::kModel.class_names[1]);
  const auto says = [&](float share, const std::string& text) {
    const cv::Rect label = ground(drawn(with_share(1, share)), app::colour_of(1));
    expect(text, label.width == width_of(name + " " + text));
  };
  says(0.1249F, "12 %");
  says(1, "100 %");
  says(0.0049F, "<1 %");

  const cv::Mat picture = drawn(with_share(1, 0.5F));
  const cv::Rect label = ground(picture, app::colour_of(1)), note = ground(picture, cv::Scalar(0, 0, 0));
  expect("the heading stands over the shares", note.y < label.y && note.width >= width_of("share of area") - 2);
  vision::Result nothing = with_share(1, 0.5F);
  nothing.classes.clear();

  // Of a picture in which not all have room, those that do not are left out, and cover none of the others.
  vision::Result many = with_share(0, 0.5F);
  for (int id = 1; id < static_cast<int>(app::kModel.class_names.size()); ++id) many.classes.push_back({id, 0.1F});
  cv::Mat low(2 * label.height, kWidth, CV_8UC3, kGrey);
  many.height = low.rows;
  many.class_map.resize(std::size_t{kWidth} * low.rows);
  app::draw_result(low, many);
  expect("the largest share is told where there is little room", ground(low, app::colour_of(0)).area() > 0);
  expect("and no smaller one lies over it", ground(low, app::colour_of(many.classes.back().class_id)).area() == 0);
  expect("nothing has no heading", cv::norm(drawn(nothing), cv::Mat(kHeight, kWidth, CV_8UC3, kGrey)) == 0);
  return wrong;
}
