#include "app/options.h"

#include "support/failure.h"
#include "tools/check.h"
#include "video/camera_kind.h"

namespace {

using app::Command;
using app::parse_options;

TEST(pictures_and_options_may_be_mixed) {
  const app::Options options =
      parse_options({"a.jpg", "--conf", "0.5", "b.jpg", "--json", "--iou=0.4", "--max-det", "7"});
  CHECK(options.inputs == (std::vector<std::string>{"a.jpg", "b.jpg"}));
  CHECK(options.command == Command::kDetect);
  CHECK(options.json);
  CHECK_EQUAL(options.thresholds.confidence, 0.5);
  CHECK_EQUAL(options.thresholds.iou, 0.4);
  CHECK_EQUAL(options.thresholds.max_detections, 7);
}

TEST(without_options_the_models_own_thresholds_hold) {
  const app::Options options = parse_options({"a.jpg"});
  CHECK_EQUAL(options.thresholds.confidence, app::kModel.thresholds.confidence);
  CHECK_EQUAL(options.thresholds.iou, app::kModel.thresholds.iou);
}

TEST(behind_two_dashes_everything_is_a_path) {
  CHECK(parse_options({"--", "--conf", "-x"}).inputs == (std::vector<std::string>{"--conf", "-x"}));
}

TEST(confidence_0_and_1_may_be_asked_for) {
  CHECK_EQUAL(parse_options({"a", "--conf", "0"}).thresholds.confidence, 0);
  CHECK_EQUAL(parse_options({"a", "--conf", "1"}).thresholds.confidence, 1);
}

TEST(values_out_of_range_are_named) {
  CHECK_THROWS(parse_options({"a", "--conf", "2"}), "--conf is 2, but must lie between 0 and 1");
  CHECK_THROWS(parse_options({"a", "--conf", "-0.1"}), "must lie between 0 and 1");
  CHECK_THROWS(parse_options({"a", "--iou", "nan"}), "must be a number");
  CHECK_THROWS(parse_options({"a", "--max-det", "0"}), "must lie between 1 and 30000");
  CHECK_THROWS(parse_options({"a", "--max-det", "2.5"}), "must be a whole number");
  CHECK_THROWS(parse_options({"a", "--threads", "0"}), "must lie between 1 and 256");
  CHECK_THROWS(parse_options({"a", "--threads", "4x"}), "'4x'");
}

TEST(what_does_not_fit_together_is_refused) {
  CHECK_THROWS(parse_options({}), "name pictures");
  CHECK_THROWS(parse_options({"a", "--confidence", "0.5"}), "no option --confidence");
  CHECK_THROWS(parse_options({"a", "--conf"}), "--conf needs a value");
  CHECK_THROWS(parse_options({"a", "--output", "--json"}), "--output needs a value");
  CHECK_THROWS(parse_options({"a", "--json=yes"}), "--json takes no value");
  CHECK_THROWS(parse_options({"a", "--headless"}), "--headless belongs to --camera");
  CHECK_THROWS(parse_options({"--camera", "0", "a"}), "no further pictures");
  CHECK_THROWS(parse_options({"--camera", "0", "--json"}), "--json is for pictures");
  CHECK_THROWS(parse_options({"--benchmark", "10", "a", "b"}), "takes one picture");
}

TEST(usage_errors_have_their_own_exit_code) {
  try {
    parse_options({"--conf"});
    CHECK(false);
  } catch (const support::Failure& error) {
    CHECK_EQUAL(error.exit_code(), 2);
  }
}

TEST(help_works_with_anything_beside_it) {
  CHECK(parse_options({"--help", "--headless"}).command == Command::kHelp);
  CHECK(parse_options({"--version"}).command == Command::kVersion);
}

TEST(a_camera_is_told_by_its_text) {
  CHECK(video::kind_of_camera("0") == video::CameraKind::kDevice);
  CHECK(video::kind_of_camera("/dev/null") == video::CameraKind::kDevice);
  CHECK(video::kind_of_camera("rtsp://10.0.0.2/stream") == video::CameraKind::kAddress);
  CHECK(video::kind_of_camera("libcamerasrc ! videoconvert ! appsink") == video::CameraKind::kPipeline);
  CHECK(video::kind_of_camera("street.mp4") == video::CameraKind::kFile);
}

}  // namespace
