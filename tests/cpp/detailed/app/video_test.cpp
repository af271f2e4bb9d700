// Videos and the camera mode, with a video file as the camera.
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "app/run_app.h"
#include "tools/check.h"

namespace {

using parity::Json;
using test::Answer;
using test::run_app;

constexpr int kFrames = 12;
constexpr double kFramesPerSecond = 10;

// A grey square that wanders over a picture.
std::string write_video(const test::TemporaryFolder& folder, const std::string& name) {
  const std::string path = folder.path(name);
  cv::VideoWriter writer(path, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), kFramesPerSecond, {96, 64});
  if (!writer.isOpened()) throw std::runtime_error("OpenCV cannot write MJPG videos here");
  for (int i = 0; i < kFrames; ++i) {
    cv::Mat frame(64, 96, CV_8UC3, cv::Scalar(40, 80, 120));
    frame(cv::Rect(2 * i, 10, 30, 30)).setTo(cv::Scalar(200, 200, 200));
    writer.write(frame);
  }
  return path;
}

int frames_in(const std::string& path) {
  cv::VideoCapture capture(path);
  int count = 0;
  for (cv::Mat frame; capture.read(frame);) ++count;
  return count;
}

TEST(video_gives_a_json_line_and_a_written_frame_for_each_frame) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi");
  const Answer answer = run_app({video, "--json", "--output", folder.path("out")});
  CHECK_EQUAL(answer.exit_code, 0);
  const std::vector<Json> lines = answer.json_lines();
  CHECK_EQUAL(lines.size(), std::size_t{kFrames});
  CHECK_EQUAL(lines.at(3)["path"].string(), video);
  CHECK_EQUAL(lines.at(3)["frame"].integer(), 3);
  CHECK_NEAR(lines.at(3)["time_s"].number(), 3 / kFramesPerSecond, 1e-3);
  CHECK_EQUAL(lines.at(3)["width"].integer(), 96);
  CHECK_EQUAL(frames_in(folder.path("out/walk.mp4")), kFrames);
}

TEST(pictures_next_to_a_video_are_in_one_json_object_at_the_end) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi"), picture = folder.path("a.png");
  cv::imwrite(picture, cv::Mat(30, 40, CV_8UC3, cv::Scalar(9, 8, 7)));
  const Answer answer = run_app({picture, video, "none.jpg", picture, "--json"});
  CHECK_EQUAL(answer.exit_code, 1);
  const std::vector<Json> lines = answer.json_lines();
  CHECK_EQUAL(lines.size(), std::size_t{kFrames + 1});
  CHECK(lines.front().has("frame"));
  CHECK_EQUAL(lines.back()["images"].items().size(), 2U);
  CHECK_EQUAL(lines.back()["errors"].items().size(), 1U);
}

TEST(camera_gives_a_json_line_for_each_frame) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi");
  const Answer answer = run_app({"--camera", video, "--headless", "--json", "--width", "640"});
  CHECK_EQUAL(answer.exit_code, 0);
  const std::vector<Json> lines = answer.json_lines();
  CHECK(lines.size() > 2 && lines.size() <= std::size_t{kFrames});
  CHECK_EQUAL(lines.at(0)["path"].string(), video);
  CHECK_NEAR(lines.at(2)["time_s"].number(), lines.at(2)["frame"].number() / kFramesPerSecond, 1e-3);
}

TEST(damaged_video_is_in_the_errors) {
  const test::TemporaryFolder folder;
  const Answer answer = run_app({folder.write("a.mp4", "not a video"), "--json"});
  CHECK_EQUAL(answer.exit_code, 1);
  CHECK_EQUAL(answer.json()["errors"].items().size(), 1U);
}

TEST(camera_records_and_exits_0_at_the_end) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi");
  const Answer answer = run_app({"--camera", video, "--headless", "--record", folder.path("record.avi")});
  CHECK_EQUAL(answer.exit_code, 0);
  CHECK(answer.output.find("frames in") != std::string::npos);
  // As long as it took: about a second at ten frames a second, however many were inferred.
  const int recorded = frames_in(folder.path("record.avi"));
  CHECK(recorded >= kFrames / 2 && recorded <= kFrames + 5);
}

TEST(camera_without_a_screen_continues_headless) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi");
  const Answer answer = run_app({"--camera", video});
  CHECK_EQUAL(answer.exit_code, 0);
  CHECK(answer.errors.find("no screen") != std::string::npos);
}

TEST(ctrl_c_ends_a_camera_and_leaves_a_playable_recording) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi");
  test::Surroundings surroundings;
  surroundings.interrupt_when_there = folder.path("record.mkv");
  const Answer answer = run_app({"--camera", video, "--headless", "--record", folder.path("record.mkv")}, surroundings);
  CHECK_EQUAL(answer.exit_code, 0);
  CHECK(frames_in(folder.path("record.mkv")) > 0);
}

TEST(missing_camera_exits_6_and_a_missing_file_2) {
  const std::vector<std::pair<std::string, int>> cases = {{"63", 6}, {"none.mp4", 2}};
  for (const auto& [camera, code] : cases) {
    const Answer answer = run_app({"--camera", camera, "--headless"});
    CHECK_EQUAL(answer.exit_code, code);
    CHECK(answer.errors.find(camera) != std::string::npos);
  }
}

TEST(recording_that_cannot_be_written_exits_5) {
  const test::TemporaryFolder folder;
  const std::string video = write_video(folder, "walk.avi");
  const Answer no_folder = run_app({"--camera", video, "--headless", "--record", folder.path("none/record.mp4")});
  CHECK_EQUAL(no_folder.exit_code, 5);
  test::Surroundings full;
  full.largest_file = 3000;
  const Answer full_disk = run_app({"--camera", video, "--headless", "--record", folder.path("record.mp4")}, full);
  CHECK_EQUAL(full_disk.exit_code, 5);
  CHECK(std::filesystem::exists(folder.path("record.mp4")));  // it is the user's
  CHECK_EQUAL(run_app({"--camera", video, "--record", folder.path("record.xyz")}).exit_code, 2);
}

}  // namespace
