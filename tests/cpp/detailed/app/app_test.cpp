// The app from the outside: command line, JSON, exit codes.
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "app/run_app.h"
#include "app_model.h"
#include "parity/parity.h"
#include "support/program.h"
#include "tools/check.h"

namespace {

using parity::Json;
using test::Answer;
using test::run_app;

namespace fs = std::filesystem;

parity::Vectors vectors() { return parity::Vectors(support::find_project_folder("vectors", "index.json")); }

// A golden picture as a file that OpenCV gives back bit for bit.
std::string write_picture(const test::TemporaryFolder& folder, const std::string& name) {
  const parity::Picture picture = vectors().read(0);
  std::vector<std::uint8_t> rgb = picture.bytes("picture");
  cv::Mat bgr;
  cv::cvtColor(cv::Mat(picture.height, picture.width, CV_8UC3, rgb.data()), bgr, cv::COLOR_RGB2BGR);
  cv::imwrite(folder.path(name), bgr);
  return folder.path(name);
}

bool is_one_line(const std::string& text) {
  return !text.empty() && std::count(text.begin(), text.end(), '\n') == 1 && text.back() == '\n';
}

TEST(app_detections_equal_those_of_pytorch) {
  const test::TemporaryFolder folder;
  const parity::Picture picture = vectors().read(0);
  if (!picture.has("boxes.score")) return;  // vectors without a model: `edgegen verify` makes them
  std::vector<std::string> arguments = {write_picture(folder, "picture.png"), "--json"};
  arguments.insert(arguments.end(), {"--conf", std::to_string(picture.thresholds.confidence), "--iou",
                                     std::to_string(picture.thresholds.iou), "--max-det",
                                     std::to_string(picture.thresholds.max_detections)});
  const Answer answer = run_app(arguments);
  CHECK_EQUAL(answer.exit_code, 0);
  const Json json = answer.json();
  const auto& found = json["images"].items().at(0)["detections"].items();
  const auto score = picture.floats("boxes.score"), box = picture.floats("boxes.box");
  if (!app::kModel.kept_classes.empty()) return;
  CHECK_EQUAL(found.size(), score.size());
  for (std::size_t i = 0; i < found.size() && i < score.size(); ++i) {
    CHECK_NEAR(found[i]["score"].number(), double{score[i]}, 0.005);
    for (std::size_t side = 0; side < 4; ++side) {
      CHECK_NEAR(found[i]["box"].items().at(side).number(), double{box[4 * i + side]}, 0.5);
    }
  }
}

TEST(unreadable_picture_does_not_stop_the_others) {
  const test::TemporaryFolder folder;
  const std::string picture = write_picture(folder, "a.png");
  const std::string damaged = folder.write("b.jpg", "\xFF\xD8\xFF not a picture");
  const Answer answer = run_app({"none.jpg", picture, damaged, picture, "--json"});
  CHECK_EQUAL(answer.exit_code, 1);
  const Json json = answer.json();
  CHECK_EQUAL(json["images"].items().size(), 2U);
  CHECK_EQUAL(json["errors"].items().size(), 2U);
  CHECK_EQUAL(json["errors"].items().at(0)["path"].string(), "none.jpg");
  CHECK_EQUAL(json["images"].items().at(1)["path"].string(), picture);
  CHECK_EQUAL(answer.errors, "");
}

TEST(app_reads_gray_alpha_16_bit_and_extreme_sizes) {
  const test::TemporaryFolder folder;
  cv::imwrite(folder.path("gray.png"), cv::Mat(30, 40, CV_8UC1, cv::Scalar(90)));
  cv::imwrite(folder.path("alpha.png"), cv::Mat(30, 40, CV_8UC4, cv::Scalar(90, 80, 70, 10)));
  cv::imwrite(folder.path("deep.png"), cv::Mat(30, 40, CV_16UC3, cv::Scalar(9000, 8000, 7000)));
  cv::imwrite(folder.path("pixel.png"), cv::Mat(1, 1, CV_8UC3, cv::Scalar(9, 8, 7)));
  cv::imwrite(folder.path("other.bmp"), cv::Mat(30, 40, CV_8UC3, cv::Scalar(9, 8, 7)));
  cv::imwrite(folder.path("wide.png"), cv::Mat(1, 3000, CV_8UC3, cv::Scalar(9, 8, 7)));
  const Answer answer = run_app({folder.path(), "--json"});
  CHECK_EQUAL(answer.exit_code, 0);
  CHECK_EQUAL(answer.json()["images"].items().size(), 6U);
}

TEST(usage_error_exits_2_with_one_line) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"a.jpg", "--conf", "2"}, {"--nonsense"}, {}, {"a.jpg", "--threads", "0"}}) {
    const Answer answer = run_app(arguments);
    CHECK_EQUAL(answer.exit_code, 2);
    CHECK(is_one_line(answer.errors));
    CHECK_EQUAL(answer.output, "");
  }
}

TEST(missing_or_damaged_model_exits_3_with_one_line) {
  const test::TemporaryFolder folder;
  const std::string picture = write_picture(folder, "a.png");
  const Answer missing = run_app({picture, "--model", folder.path()});
  CHECK_EQUAL(missing.exit_code, 3);
  CHECK(is_one_line(missing.errors));
  folder.write("model.pte", "not a model");
  const Answer damaged = run_app({picture, "--model", folder.path(), "--json"});
  CHECK_EQUAL(damaged.exit_code, 3);
  CHECK(is_one_line(damaged.errors));
}

TEST(pictures_are_written_only_with_output) {
  const test::TemporaryFolder folder, results;
  const std::string picture = write_picture(folder, "a.png");
  CHECK_EQUAL(run_app({picture}).exit_code, 0);
  CHECK_EQUAL(std::distance(fs::directory_iterator(folder.path()), {}), 1);
  CHECK_EQUAL(run_app({picture, picture, "--output", results.path("new/folder")}).exit_code, 0);
  CHECK(!cv::imread(results.path("new/folder/a.png")).empty());
  CHECK(!cv::imread(results.path("new/folder/a-2.png")).empty());
}

TEST(output_that_cannot_be_written_exits_5_and_leaves_no_file) {
  const test::TemporaryFolder folder;
  const std::string picture = write_picture(folder, "a.png");
  const Answer no_folder = run_app({picture, "--output", picture});
  CHECK_EQUAL(no_folder.exit_code, 5);
  CHECK(is_one_line(no_folder.errors));

  test::Surroundings full;
  full.largest_file = 2000;
  const Answer full_disk = run_app({picture, "--output", folder.path("out")}, full);
  CHECK_EQUAL(full_disk.exit_code, 5);
  CHECK(is_one_line(full_disk.errors));
  CHECK(fs::is_empty(folder.path("out")));

  if (!fs::exists("/dev/full")) return;
  test::Surroundings closed;
  closed.output_file = "/dev/full";
  CHECK_EQUAL(run_app({picture, "--json"}, closed).exit_code, 5);
}

TEST(help_and_version_exit_0) {
  CHECK_EQUAL(run_app({"--help"}).exit_code, 0);
  CHECK(run_app({"--help"}).output.find("--camera") != std::string::npos);
  CHECK(run_app({"--version"}).output.find("ExecuTorch") != std::string::npos);
}

TEST(benchmark_reports_runs_and_timing) {
  const test::TemporaryFolder folder;
  const Answer answer = run_app({"--benchmark", "3", write_picture(folder, "a.png"), "--json"});
  CHECK_EQUAL(answer.exit_code, 0);
  const Json json = answer.json();
  CHECK_EQUAL(json["benchmark"]["runs"].integer(), 3);
  CHECK(json["benchmark"]["timing_ms"]["inference"]["median"].number() > 0);
  CHECK_EQUAL(run_app({"--benchmark", "3", "none.jpg"}).exit_code, 1);
}

}  // namespace
