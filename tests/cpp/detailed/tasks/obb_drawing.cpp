// Labels of oriented boxes are at the upper sides and do not overlap. For a project of oriented boxes; prints each
// difference.
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "app/draw.h"

namespace {

constexpr int kWidth = 640, kHeight = 480;
const cv::Scalar kGrey(90, 100, 110);
int wrong = 0;

void expect(const char* what, bool is_so) {
  if (is_so) return;
  ++wrong;
  std::printf("wrong: %s\n", what);
}

// The pixels that have exactly the colour of this class.
cv::Rect place_of(const vision::Result& result, int class_id) {
  cv::Mat picture(kHeight, kWidth, CV_8UC3, kGrey), is_colour;
  app::draw_result(picture, result);
  cv::inRange(picture, app::colour_of(class_id), app::colour_of(class_id), is_colour);
  return cv::boundingRect(is_colour);
}

// How many they are.
int ground(const vision::Result& result, int class_id) {
  cv::Mat picture(kHeight, kWidth, CV_8UC3, kGrey), is_colour;
  app::draw_result(picture, result);
  cv::inRange(picture, app::colour_of(class_id), app::colour_of(class_id), is_colour);
  return cv::countNonZero(is_colour);
}

void add(vision::Result& result, int class_id, float x, float y, float angle) {
  vision::Detection box;
  box.class_id = class_id;
  box.score = 0.5F;
  result.boxes.push_back(box);
  result.rotated.push_back({x, y, 4, 4, angle});  // so small that labels hide little of them
}

}  // namespace

int main() {
  // Two boxes that begin at almost the same place: of the label that is not moved, most of the other's would be hidden.
  vision::Result one, other, both, apart;
  add(one, 0, 300, 240, 0.3F);
  add(other, 1, 303, 252, 0.3F);
  add(both, 0, 300, 240, 0.3F);
  add(both, 1, 303, 252, 0.3F);
  add(apart, 0, 300, 100, 0.3F);
  add(apart, 1, 303, 400, 0.3F);
  const int alone = ground(other, 1);
  expect("a label alone is seen", alone > 500);
  expect("boxes far apart hide nothing", ground(apart, 1) == alone);
  expect("a label lies over no other", ground(both, 1) > alone * 9 / 10 && ground(both, 0) > ground(one, 0) * 9 / 10);
  vision::Result crowd;
  for (int i = 0; i < 12; ++i) add(crowd, 0, 300, 240, 0.3F);
  expect("labels stay within three lines of where they belong",
         place_of(crowd, 0).height <= (1 + 2 * 3) * place_of(one, 0).height);
  return wrong;
}
