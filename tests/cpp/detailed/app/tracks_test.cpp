// Counting lines, trails, and the result processor.
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "app/processor.h"
#include "app/stream.h"
#include "tools/check.h"

namespace {

// Counts how often an object of 10 x 10 crosses the upright middle line of 100 x 100, with its centre at these x.
std::string crossings(const std::vector<float>& places) {
  app::LineCounter counter({50, 100, 50, 0});
  for (const float x : places) {
    vision::Result result;
    result.width = result.height = 100;
    result.boxes.push_back({x - 5, 45, x + 5, 55, 0.9F, 0, 0});
    result.track_ids = {1};
    counter.add(result);
  }
  return std::to_string(counter.in()) + " in, " + std::to_string(counter.out()) + " out";
}

TEST(result_processor_of_a_new_project_changes_nothing) {
  vision::Result result;
  result.boxes.push_back({10, 20, 30, 40, 0.9F, 0, 0});
  CHECK_EQUAL(app::ResultProcessor().process(result, cv::Mat(48, 64, CV_8UC3)), "");
  CHECK_EQUAL(result.boxes.size(), 1U);
}

TEST(line_counter_ignores_jitter_on_the_line) {
  CHECK_EQUAL(crossings({40, 60, 40}), "1 in, 1 out");
  CHECK_EQUAL(crossings({40, 50.2F, 49.8F, 50.4F, 49.6F}), "0 in, 0 out");
  CHECK_EQUAL(crossings({40, 50.2F, 49.8F, 50.6F}), "1 in, 0 out");  // a twentieth of its box is 0.5
  CHECK_EQUAL(crossings({50.2F, 49.8F, 50.2F}), "0 in, 0 out");
}

TEST(trail_has_the_last_thirty_centres_of_a_track) {
  app::Trails trails;
  vision::Result result;
  const auto add = [&](float x) {
    result.boxes.assign(1, {});
    result.boxes[0].x1 = result.boxes[0].x2 = x;
    result.boxes[0].y1 = result.boxes[0].y2 = 50;
    result.track_ids = {5};
    trails.add(result);
  };
  const auto drawn = [&](int first, int last) {
    cv::Mat frame(100, 400, CV_8UC3, cv::Scalar(90, 90, 90)), before = frame.clone();
    trails.draw(frame);
    return cv::norm(frame.colRange(first, last), before.colRange(first, last), cv::NORM_INF) > 0;
  };
  for (int i = 0; i < 40; ++i) add(10.0F * static_cast<float>(i));
  CHECK(!drawn(0, 90));  // the first ten are forgotten
  CHECK(drawn(105, 106));
  CHECK(drawn(385, 386));
  // A lost object has no trail, and starts a new one if it was lost for long.
  result.boxes.clear();
  result.track_ids.clear();
  for (int i = 0; i < 50; ++i) trails.add(result);
  CHECK(!drawn(0, 400));
  add(10);
  CHECK(!drawn(105, 400));
}

}  // namespace
