// The app neither draws nor prints unknown depths. For a depth project; prints each difference.
#include <cstdio>
#include <limits>
#include <opencv2/core.hpp>

#include "app/draw.h"
#include "app_model.h"
#include "json/greys.h"
#include "json/results.h"

int main() {
  constexpr int kWidth = 64, kHeight = 48;
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN(), kFar = std::numeric_limits<float>::infinity();
  const cv::Vec3b grey(90, 100, 110);
  vision::Result result;
  result.width = kWidth;
  result.height = kHeight;
  int wrong = 0;
  const auto drawn = [&] {
    cv::Mat picture(kHeight, kWidth, CV_8UC3, cv::Scalar(grey[0], grey[1], grey[2]));
    app::draw_result(picture, result);
    return picture;
  };
  const auto expect = [&](const char* what, bool is_so) {
    if (is_so) return;
    ++wrong;
    std::printf("wrong: %s\n", what);
  };

  result.depth.assign(std::size_t{kWidth} * kHeight, 2);
  result.depth[0] = 0;
  result.depth[1] = kNone;
  result.depth[2] = kFar;
  result.depth[3] = -kFar;
  const cv::Mat picture = drawn();
  const auto at = [&](int x) { return picture.at<cv::Vec3b>(0, x); };
  expect("the nearest pixel has the first colour", at(0) == cv::Vec3b(0x54, 0x01, 0x44));
  expect("NaN is not painted", at(1) == grey);
  expect("infinity is not painted", at(2) == grey && at(3) == grey);
  expect("the farthest pixel has the last colour", at(4) == cv::Vec3b(0x25, 0xE7, 0xFD));

  result.depth.assign(std::size_t{kWidth} * kHeight, kNone);
  const cv::Mat nothing = drawn();
  expect(
      "a picture without depths stays as it is",
      cv::countNonZero(cv::Mat(nothing != cv::Mat(nothing.size(), CV_8UC3, cv::Scalar(90, 100, 110))).reshape(1)) == 0);
  expect("nothing is described", app::describe(result) == "nothing");
  expect("the ends of nothing are 0",
         json::list(json::rows(result, app::kModel)) == "[{\"min\":0.000000,\"max\":0.000000}]");
  const json::Greys map = json::greys_of(result);
  expect("the map is all 0", map.bits == 16 && cv::countNonZero(cv::Mat(map.values)) == 0);
  return wrong;
}
