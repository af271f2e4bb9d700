// The parts of the app that need no OpenCV.
#include <algorithm>
#include <cmath>

#include "app/options.h"
#include "app_model.h"
#include "capture/capture.h"
#include "json/report.h"
#include "json_reader.h"
#include "support/program.h"
#include "tools/check.h"

namespace {

using app::Command;
using app::parse_options;
using parity::Json;
using support::Error;
using support::Failure;
using support::Reason;

// --- options.h ---

TEST(pictures_and_options_may_be_in_any_order) {
  const app::Options options =
      parse_options({"a.jpg", "--conf", "0.5", "b.jpg", "--json", "--iou=0.4", "--max-det", "7"});
  CHECK(options.inputs == (std::vector<std::string>{"a.jpg", "b.jpg"}));
  CHECK(options.command == Command::kPictures);
  CHECK(options.is_json);
  CHECK_EQUAL(options.thresholds.confidence, 0.5);
  CHECK_EQUAL(options.thresholds.iou, 0.4);
  CHECK_EQUAL(options.thresholds.max_detections, 7);
}

TEST(default_thresholds_are_those_of_the_model) {
  const app::Options options = parse_options({"a.jpg"});
  CHECK_EQUAL(options.thresholds.confidence, app::kModel.thresholds.confidence);
  CHECK_EQUAL(options.thresholds.iou, app::kModel.thresholds.iou);
}

TEST(arguments_after_two_dashes_are_paths) {
  CHECK(parse_options({"--", "--conf", "-x"}).inputs == (std::vector<std::string>{"--conf", "-x"}));
}

TEST(confidence_accepts_0_and_1) {
  CHECK_EQUAL(parse_options({"a", "--conf", "0"}).thresholds.confidence, 0);
  CHECK_EQUAL(parse_options({"a", "--conf", "1"}).thresholds.confidence, 1);
}

TEST(option_value_out_of_range_is_rejected_with_its_range) {
  CHECK_THROWS(parse_options({"a", "--conf", "2"}), "--conf is 2, but must be a number from 0 to 1");
  CHECK_THROWS(parse_options({"a", "--conf", "-0.1"}), "must be a number from 0 to 1");
  CHECK_THROWS(parse_options({"a", "--iou", "nan"}), "must be a number");
  CHECK_THROWS(parse_options({"a", "--max-det", "0"}), "must be a number from 1 to 30000");
  CHECK_THROWS(parse_options({"a", "--max-det", "2.5"}), "must be a whole number");
  CHECK_THROWS(parse_options({"a", "--threads", "4x"}), "--threads is 4x");
}

TEST(conflicting_options_are_rejected) {
  CHECK_THROWS(parse_options({}), "give pictures or videos, or --camera SOURCE");
  CHECK_THROWS(parse_options({"a", "--confidence", "0.5"}), "no option --confidence");
  CHECK_THROWS(parse_options({"a", "--conf"}), "--conf needs a value");
  CHECK_THROWS(parse_options({"a", "--output", "--json"}), "--output needs a value");
  CHECK_THROWS(parse_options({"a", "--json=yes"}), "--json takes no value");
  CHECK_THROWS(parse_options({"a", "--headless"}), "need --camera");
  CHECK_THROWS(parse_options({"--camera", "0", "a"}), "give pictures or videos, or --camera SOURCE");
  CHECK_THROWS(parse_options({"--camera", "0", "--output", "out"}), "A camera has --record");
  CHECK_THROWS(parse_options({"--benchmark", "10", "a", "b"}), "take one picture");
}

TEST(track_lowers_the_confidence_unless_conf_is_given) {
  CHECK_EQUAL(parse_options({"a", "--track"}).thresholds.confidence, 0.1);
  CHECK_EQUAL(parse_options({"a", "--conf", "0.4", "--track"}).thresholds.confidence, 0.4);
}

TEST(serve_shows_one_picture_or_video_as_a_camera) {
  const app::Options options = parse_options({"a.jpg", "--serve", "[::1]:80"});
  CHECK(options.command == Command::kCamera);
  CHECK_EQUAL(options.camera, "a.jpg");
  CHECK_EQUAL(options.serve->host, "::1");
  CHECK_EQUAL(options.serve->port, 80);
}

TEST(usage_error_exits_2) {
  try {
    parse_options({"--conf"});
    CHECK(false);
  } catch (const support::Failure& error) {
    CHECK_EQUAL(error.exit_code(), 2);
  }
}

TEST(help_wins_over_other_options) {
  CHECK(parse_options({"--help", "--headless"}).command == Command::kHelp);
  CHECK(parse_options({"--version"}).command == Command::kVersion);
}

// --- program.h ---

constexpr Reason kReasons[] = {
    Reason::kUnreadable,     Reason::kNotThisModel,    Reason::kDamaged,  Reason::kDoesNotFit, Reason::kOtherRelease,
    Reason::kBackendMissing, Reason::kOperatorMissing, Reason::kNoMemory, Reason::kFailed,     Reason::kVectors};

TEST(failure_message_ends_with_the_next_step) {
  CHECK_EQUAL(std::string(Failure(Error(Reason::kDoesNotFit, "m.pte does not fit")).what()),
              "m.pte does not fit. Run `edgegen new` for this model");
  for (const Reason reason : kReasons) {
    const std::string next = next_step(reason);
    CHECK(next.size() > 10);
    CHECK(next.back() != '.');
    CHECK(next.find('\n') == std::string::npos);
  }
}

TEST(file_failures_exit_3_and_runtime_failures_exit_4) {
  for (const Reason reason : kReasons) {
    const bool is_file = reason == Reason::kUnreadable || reason == Reason::kNotThisModel ||
                         reason == Reason::kDamaged || reason == Reason::kDoesNotFit || reason == Reason::kVectors;
    CHECK_EQUAL(Failure(Error(reason, "")).exit_code(), is_file ? 3 : 4);
  }
}

// --- json/report.h ---

vision::Result one_box() {
  vision::Result result;
  result.width = 640;
  result.height = 480;
  result.boxes.resize(1);
  result.boxes[0].x2 = 10.5F;
  result.boxes[0].score = 0.75F;
  result.timing = {1, 2, 3};
  return result;
}

TEST(picture_json_has_path_size_timing_and_detections) {
  const Json picture = Json::parse(json::picture("a \"b\"\n\xFF.jpg", one_box(), app::kModel, ""));
  CHECK_EQUAL(picture["path"].string(), "a \"b\"\n\xEF\xBF\xBD.jpg");
  CHECK_EQUAL(picture["height"].integer(), 480);
  CHECK_EQUAL(picture["timing_ms"]["total"].number(), 6);
  const Json& found = picture["detections"].items().at(0);
  CHECK_EQUAL(found["class_id"].integer(), 0);
  CHECK(found.has("class_name"));
  CHECK_EQUAL(found["score"].number(), 0.75);
  CHECK_EQUAL(found["box"].items().at(2).number(), 10.5);
  CHECK_EQUAL(Json::parse(json::error("none.jpg", "why"))["path"].string(), "none.jpg");
  const Json model = Json::parse(json::model(app::kModel));
  CHECK_EQUAL(model["classes"].number(), static_cast<double>(app::kModel.class_names.size()));
  CHECK_EQUAL(model["imgsz"].items()[0].integer(), app::kModel.input_height);
}

TEST(frame_json_is_one_line_with_number_and_time) {
  const std::string line = json::frame("a.mp4", 7, 0.28, one_box(), app::kModel, "");
  CHECK_EQUAL(std::count(line.begin(), line.end(), '\n'), 1);
  const Json frame = Json::parse(line);
  CHECK_EQUAL(frame.members().size(), 6U);
  CHECK_EQUAL(frame["frame"].integer(), 7);
  CHECK_EQUAL(frame["time_s"].number(), 0.28);
  CHECK_EQUAL(frame["width"].integer(), 640);
  CHECK_EQUAL(frame["detections"].items().size(), 1U);
  const std::string unknown = json::frame("a.mp4", 7, std::nan(""), one_box(), app::kModel, "");
  CHECK(unknown.find("\"time_s\":null") != std::string::npos);
}

TEST(timing_of_several_runs_is_their_median) {
  const std::vector<vision::Timing> runs = {{3, 0, 0}, {1, 0, 0}, {2, 0, 6}, {10, 0, 0}};
  const Json medians = Json::parse(json::timing(runs));
  CHECK_EQUAL(medians["preprocess"]["median"].number(), 2.5);
  CHECK_EQUAL(medians["total"]["median"].number(), 5.5);
}

// A capture has all masks twice: before and after the processors.
TEST(capture_with_many_masks_omits_the_picture_and_with_too_many_is_rejected) {
  vision::ModelInfo model;
  model.input_width = 640;
  capture::Seen seen;
  seen.frame.png.assign(6'000'000, 1);
  const auto written = [&](std::size_t bytes) {
    seen.found = seen.shown = {"\"" + std::string(bytes, ' ') + "\""};
    const capture::Bytes archive = capture::archive_of(model, {}, seen, {});
    CHECK(archive.size() <= 10'000'000);
    return std::string(archive.begin(), archive.end());
  };
  CHECK(written(1'000).find("\"file\":\"frame.png\"") != std::string::npos);
  CHECK(written(4'000'000).find("\"file\":null") != std::string::npos);
  CHECK_THROWS(written(5'000'000), "too large for a capture");
}

}  // namespace
