// The parts of the app that need no OpenCV.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "app/files.h"
#include "app/options.h"
#include "app/processors.h"
#include "app/report.h"
#include "capture/capture.h"
#include "json_reader.h"
#include "support/program.h"
#include "tools/check.h"

namespace {

using app::Command;
using app::expand_inputs;
using app::FileKind;
using app::parse_options;
using std::string_literals::operator""s;
using parity::Json;
using support::Error;
using support::Failure;
using support::Reason;

// --- options.h ---

TEST(pictures_and_options_may_be_in_any_order) {
  const app::Options options =
      parse_options({"a.jpg", "--conf", "0.5", "b.jpg", "--json", "--iou=0.4", "--max-det", "7"});
  CHECK(options.inputs == (std::vector<std::string>{"a.jpg", "b.jpg"}));
  CHECK(options.command == Command::kDetect);
  CHECK(options.json);
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
  CHECK_THROWS(parse_options({"a", "--conf", "2"}), "--conf is 2, but must lie between 0 and 1");
  CHECK_THROWS(parse_options({"a", "--conf", "-0.1"}), "must lie between 0 and 1");
  CHECK_THROWS(parse_options({"a", "--iou", "nan"}), "must be a number");
  CHECK_THROWS(parse_options({"a", "--max-det", "0"}), "must lie between 1 and 30000");
  CHECK_THROWS(parse_options({"a", "--max-det", "2.5"}), "must be a whole number");
  CHECK_THROWS(parse_options({"a", "--threads", "0"}), "must lie between 1 and 256");
  CHECK_THROWS(parse_options({"a", "--threads", "4x"}), "'4x'");
}

TEST(conflicting_options_are_rejected) {
  CHECK_THROWS(parse_options({}), "name pictures");
  CHECK_THROWS(parse_options({"a", "--confidence", "0.5"}), "no option --confidence");
  CHECK_THROWS(parse_options({"a", "--conf"}), "--conf needs a value");
  CHECK_THROWS(parse_options({"a", "--output", "--json"}), "--output needs a value");
  CHECK_THROWS(parse_options({"a", "--json=yes"}), "--json takes no value");
  CHECK_THROWS(parse_options({"a", "--headless"}), "--headless belongs to --camera");
  CHECK_THROWS(parse_options({"--camera", "0", "a"}), "no further pictures");
  CHECK_THROWS(parse_options({"--benchmark", "10", "a", "b"}), "takes one picture");
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

// --- files.h: kinds ---

TEST(file_kind_follows_from_the_content) {
  CHECK(app::kind_of_content("\xFF\xD8\xFF\xE0") == FileKind::kJpeg);
  CHECK(app::kind_of_content("\x89PNG\r\n\x1A\n....") == FileKind::kPng);
  CHECK(app::kind_of_content("P6\n4 4\n255\n") == FileKind::kPicture);
  CHECK(app::kind_of_content("RIFF\0\0\0\0WEBPVP8 "s) == FileKind::kPicture);
  CHECK(app::kind_of_content("RIFF\0\0\0\0AVI LIST"s) == FileKind::kVideo);
  CHECK(app::kind_of_content("\0\0\0\x20"s + "ftypisom") == FileKind::kVideo);
  CHECK(app::kind_of_content("\x1A\x45\xDF\xA3") == FileKind::kVideo);
  CHECK(app::kind_of_content("hello") == FileKind::kUnknown);
  CHECK(app::kind_of_content("") == FileKind::kUnknown);
}

std::string iso_file(const std::string& brands) {
  return "\0\0\0"s + static_cast<char>(12 + brands.size()) + "ftyp" + brands.substr(0, 4) + "\0\0\0\0"s +
         brands.substr(4) + "\0\0\0\x08mdat"s;
}

TEST(heic_and_avif_are_pictures_and_other_iso_files_are_videos) {
  for (const char* brands :
       {"heic", "heixmif1heix", "hevcmsf1hevc", "mif1heic", "mif1MiHBmif1heix", "msf1hevc", "MiHEmif1"}) {
    CHECK(app::kind_of_content(iso_file(brands)) == FileKind::kPicture);
    CHECK_EQUAL(app::heif_format(iso_file(brands)), "HEIC");
  }
  for (const char* brands : {"avif", "avismsf1miaf", "mif1avifmiaf"}) {
    CHECK(app::kind_of_content(iso_file(brands)) == FileKind::kPicture);
    CHECK_EQUAL(app::heif_format(iso_file(brands)), "AVIF");
  }
  for (const char* brands : {"isom", "qt  qt  ", "mp42isommp42hvc1", "3gp53gp5", "M4V "}) {
    CHECK(app::kind_of_content(iso_file(brands)) == FileKind::kVideo);
    CHECK_EQUAL(app::heif_format(iso_file(brands)), "");
  }
  CHECK(app::kind_of_content(iso_file("isom") + "avif") == FileKind::kVideo);  // behind the brands
}

TEST(file_name_decides_the_kind_only_if_the_content_is_unknown) {
  const test::TemporaryFolder folder;
  CHECK(app::kind_of_file(folder.write("a.mp4", "\xFF\xD8\xFF\xE0")) == FileKind::kJpeg);
  CHECK(app::kind_of_file(folder.write("damaged.JPG", "????")) == FileKind::kJpeg);
  CHECK(app::kind_of_file(folder.write("damaged.mov", "????")) == FileKind::kVideo);
  CHECK(app::kind_of_file(folder.write("notes.txt", "????")) == FileKind::kUnknown);
}

// --- files.h: inputs ---

constexpr char kPicture[] = "P6\n1 1\n255\nabc";

TEST(natural_order_compares_numbers_by_value) {
  CHECK(app::naturally_before("2.jpg", "10.jpg"));
  CHECK(!app::naturally_before("10.jpg", "2.jpg"));
  CHECK(app::naturally_before("a2b3", "a2b10"));
  CHECK(app::naturally_before("a", "a1"));
  CHECK(app::naturally_before("01", "1") != app::naturally_before("1", "01"));
  CHECK(app::naturally_before("99999999999999999999998", "99999999999999999999999"));
  CHECK(!app::naturally_before("a", "a"));
  CHECK(app::naturally_before("z", "\xC3\xA9"));  // é: bytes above 127 come last, on every processor
}

TEST(folder_expands_to_its_pictures_and_videos_in_natural_order) {
  const test::TemporaryFolder folder;
  for (const char* name : {"10.ppm", "9.ppm", ".hidden.ppm"}) folder.write(name, kPicture);
  folder.write("notes.txt", "hello");
  folder.write("damaged.jpg", "????");
  std::filesystem::create_directory(folder.path("below.jpg"));
  const auto inputs = expand_inputs({folder.path()});
  CHECK_EQUAL(inputs.size(), 3U);
  CHECK_EQUAL(inputs.at(0).path, folder.path("9.ppm"));
  CHECK_EQUAL(inputs.at(1).path, folder.path("10.ppm"));
  CHECK_EQUAL(inputs.at(2).path, folder.path("damaged.jpg"));
  CHECK_EQUAL(expand_inputs({folder.path() + "/"}).at(0).path, folder.path("9.ppm"));
}

TEST(repeated_inputs_keep_their_order) {
  const test::TemporaryFolder folder;
  const std::string a = folder.write("a.ppm", kPicture), b = folder.write("b.ppm", kPicture);
  const auto inputs = expand_inputs({b, a, b});
  CHECK_EQUAL(inputs.size(), 3U);
  CHECK_EQUAL(inputs.at(0).path, b);
  CHECK_EQUAL(inputs.at(2).path, b);
  CHECK(inputs.at(1).kind == FileKind::kPicture);
}

TEST(unusable_input_has_a_reason) {
  const test::TemporaryFolder folder;
  CHECK_EQUAL(expand_inputs({folder.path("none")}).at(0).problem, "there is no such file or folder");
  CHECK_EQUAL(expand_inputs({folder.write("empty.jpg", "")}).at(0).problem, "the file is empty");
  CHECK_EQUAL(expand_inputs({"/dev/null"}).at(0).problem.empty(), false);
  CHECK_EQUAL(expand_inputs({""}).at(0).problem.empty(), false);
  const test::TemporaryFolder nothing;
  CHECK_EQUAL(expand_inputs({nothing.path()}).at(0).problem, "no pictures or videos in this folder");
}

// --- files.h: names ---

TEST(output_has_the_name_of_its_source) {
  app::OutputNames names("out", {"a/bus.jpg"});
  CHECK_EQUAL(names.next("a/bus.jpg", ""), "out/bus.jpg");
  CHECK_EQUAL(names.next("a/clip.gif", ".mp4"), "out/clip.mp4");
}

TEST(outputs_with_equal_names_get_numbers) {
  app::OutputNames names("out", {});
  CHECK_EQUAL(names.next("a/bus.jpg", ""), "out/bus.jpg");
  CHECK_EQUAL(names.next("b/bus.jpg", ""), "out/bus_2.jpg");
  CHECK_EQUAL(names.next("c/bus.jpg", ""), "out/bus_3.jpg");
}

TEST(output_does_not_overwrite_a_source) {
  const test::TemporaryFolder folder;
  const std::string source = folder.write("bus.jpg", "x"), other = folder.write("bus_2.jpg", "x");
  app::OutputNames names(folder.path() + "/.", {source, other});
  CHECK_EQUAL(names.next(source, ""), folder.path() + "/./bus_3.jpg");
}

TEST(outputs_of_one_source_share_a_number_and_overwrite_no_source) {
  const test::TemporaryFolder folder;
  const std::string taken = folder.write("bus-2.png", "x"), in = folder.path() + "/";
  app::OutputNames names(folder.path(), {taken, in + "bus.jpg"});
  CHECK(names.next_of("bus.jpg", {"-1.png", "-2.png"}) ==
        (std::vector<std::string>{in + "bus_2-1.png", in + "bus_2-2.png"}));
  CHECK(names.next_of("bus.jpg", {"-1.png"}) == (std::vector<std::string>{in + "bus-1.png"}));
  CHECK(names.next_of("bus.jpg", {}).empty());
}

TEST(is_same_place_compares_folders_and_not_names) {
  const test::TemporaryFolder folder;
  const std::string there = folder.path(), not_yet = there + "/new";
  CHECK(app::is_same_place(there, there + "/"));
  CHECK(app::is_same_place(not_yet, there + "/./new/"));
  CHECK(app::is_same_place("new/", "new"));
  CHECK(!app::is_same_place(there, not_yet));
}

// --- report.h: statistics ---

TEST(median_is_the_middle_value) {
  CHECK_EQUAL(app::summarize({3, 1, 2}).median, 2);
  CHECK_EQUAL(app::summarize({4, 1, 2, 3}).median, 2.5);
}

TEST(p90_is_at_least_nine_tenths_of_the_values) {
  std::vector<double> numbers;
  for (int i = 1; i <= 100; ++i) numbers.push_back(i);
  CHECK_EQUAL(app::summarize(numbers).p90, 90);
  CHECK_EQUAL(app::summarize({7}).p90, 7);
  CHECK_EQUAL(app::summarize({1, 2}).p90, 2);
}

TEST(summary_of_no_values_is_zero) {
  const app::Summary summary = app::summarize({});
  CHECK_EQUAL(summary.lowest, 0);
  CHECK_EQUAL(summary.median, 0);
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

// --- report.h ---

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
  const Json picture = Json::parse(app::picture_json("a \"b\"\n\xFF.jpg", one_box()));
  CHECK_EQUAL(picture["path"].string(), "a \"b\"\n\xEF\xBF\xBD.jpg");
  CHECK_EQUAL(picture["height"].integer(), 480);
  CHECK_EQUAL(picture["timing_ms"]["total"].number(), 6);
  const Json& found = picture["detections"].items().at(0);
  CHECK_EQUAL(found["class_id"].integer(), 0);
  CHECK(found.has("class_name"));
  CHECK_EQUAL(found["score"].number(), 0.75);
  CHECK_EQUAL(found["box"].items().at(2).number(), 10.5);
  CHECK_EQUAL(Json::parse(app::failure_json("none.jpg", "why"))["path"].string(), "none.jpg");
  const Json model = Json::parse(app::model_json());
  CHECK_EQUAL(model["classes"].number(), static_cast<double>(app::kModel.class_names.size()));
  CHECK_EQUAL(model["imgsz"].items()[0].integer(), app::kModel.input_height);
}

TEST(frame_json_is_one_line_with_number_and_time) {
  const std::string line = app::frame_json("a.mp4", 7, 0.28, one_box());
  CHECK_EQUAL(std::count(line.begin(), line.end(), '\n'), 1);
  const Json frame = Json::parse(line);
  CHECK_EQUAL(frame.members().size(), 6U);
  CHECK_EQUAL(frame["frame"].integer(), 7);
  CHECK_EQUAL(frame["time_s"].number(), 0.28);
  CHECK_EQUAL(frame["width"].integer(), 640);
  CHECK_EQUAL(frame["detections"].items().size(), 1U);
  CHECK(app::frame_json("a.mp4", 7, std::nan(""), one_box()).find("\"time_s\":null") != std::string::npos);
}

TEST(video_summary_is_one_line) {
  app::VideoSummary summary;
  vision::Result result = one_box();
  for (const double milliseconds : {2.0, 9.0, 4.04, 3.0}) {
    result.timing = {0, milliseconds, 0};
    summary.add(result);
  }
  CHECK_EQUAL(summary.median_milliseconds(), 3.0);
  CHECK_EQUAL(summary.text("a.mp4"), "a.mp4: 640 x 480, 4 frames, 4 boxes, 3.0 ms a frame\n");
  CHECK_EQUAL(app::VideoSummary().median_milliseconds(), 0);
  app::VideoSummary short_video;
  short_video.add(result);
  CHECK_EQUAL(short_video.text("a.mp4"), "a.mp4: 640 x 480, 1 frame, 1 box, 3.0 ms a frame\n");
}

TEST(result_processor_changes_the_result) {
  const vision::ResultProcessors processors = {[](vision::Result& result) { result.boxes.clear(); }};
  vision::Result result = one_box();
  vision::ModelInfo model;
  model.task = "detect";
  process(model, app::make_processors(), result);
  CHECK_EQUAL(result.boxes.size(), 1U);
  process(model, processors, result);
  CHECK_EQUAL(app::counts_text(result), "nothing");

  // What belongs to a box goes with it.
  model.task = "obb";
  result.boxes.resize(2);
  result.rotated.resize(2);
  const vision::ResultProcessors half = {[](vision::Result& each) { each.boxes.pop_back(); }};
  CHECK_THROWS(process(model, half, result), "keep_if");
  result.boxes.resize(2);
  process(model, {[](vision::Result& each) { vision::keep_if(each, [](std::size_t i) { return i > 0; }); }}, result);
  CHECK(result.boxes.size() == 1 && result.rotated.size() == 1);
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
  CHECK_THROWS(written(5'000'000), "more to tell");
}

// Also in an empty result, because drawing and printing a box read its data.
TEST(added_box_without_its_task_data_is_rejected) {
  const vision::ResultProcessors add = {[](vision::Result& each) { each.boxes.emplace_back(); }};
  vision::ModelInfo model;
  for (const char* task : {"obb", "segment", "pose"}) {
    model.task = task;
    model.keypoints = model.task == "pose" ? 17 : 0;
    vision::Result nothing;
    CHECK_THROWS(process(model, add, nothing), "a new box needs its own");
  }
  model.task = "detect";
  model.keypoints = 0;
  vision::Result nothing;
  process(model, add, nothing);
  CHECK_EQUAL(nothing.boxes.size(), 1U);
}

}  // namespace
