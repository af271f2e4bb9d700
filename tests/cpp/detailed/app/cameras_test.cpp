// Faulty cameras, and recordings.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>
#include <thread>
#include <utility>

#include "media/camera.h"
#include "media/recorder.h"
#include "tools/check.h"

namespace {

using media::CameraReader;
using std::chrono::milliseconds;

// Waits for a minute at most.
template <typename Condition>
void wait_until(Condition is_met) {
  const auto end = CameraReader::Clock::now() + std::chrono::minutes(1);
  bool was_met = is_met();
  for (; !was_met && CameraReader::Clock::now() < end; was_met = is_met()) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK(was_met);
}

// A camera with a given number of frames and time for each.
class Camera : public media::FrameSource {
 public:
  struct Counts {
    std::atomic<int> grabbed{0}, decoded{0};
  };

  Camera(int frames, int milliseconds_each, Counts* counts = nullptr)
      : left_(frames), milliseconds_(milliseconds_each), counts_(counts) {}
  bool grab() override {
    std::this_thread::sleep_for(milliseconds(milliseconds_));
    if (counts_ != nullptr) ++counts_->grabbed;
    return left_-- > 0;
  }
  bool retrieve(cv::Mat& frame) override {
    frame.create(1, 1, CV_32SC1);
    frame.at<int>(0, 0) = left_;
    if (counts_ != nullptr) ++counts_->decoded;
    return true;
  }
  double frames_per_second() const override { return 0; }

 private:
  int left_, milliseconds_;
  Counts* counts_;
};

// Sets a flag when it is destroyed.
class EndingCamera : public Camera {
 public:
  EndingCamera(int frames, int milliseconds_each, std::atomic<bool>& has_ended, Counts* counts = nullptr)
      : Camera(frames, milliseconds_each, counts), has_ended_(has_ended) {}
  ~EndingCamera() override { has_ended_ = true; }

 private:
  std::atomic<bool>& has_ended_;
};

TEST(frame_of_a_file_without_times_has_nan_seconds) {
  CameraReader camera([] { return std::make_unique<Camera>(1, 0); });
  CameraReader::Frame frame;
  wait_until([&] { return camera.take(frame); });
  CHECK(std::isnan(frame.seconds));
}

TEST(camera_reader_gives_the_newest_frame_also_after_the_end) {
  std::atomic<bool> has_ended{false};
  CameraReader camera([&] { return std::make_unique<EndingCamera>(20, 1, has_ended); });
  CameraReader::Frame frame;
  wait_until([&] { return has_ended.load(); });
  CHECK(!camera.is_done());
  CHECK(camera.take(frame));
  const long first = frame.number;
  wait_until([&] { return camera.is_done(); });
  CHECK(!camera.take(frame));
  CHECK(first >= 0 && frame.pixels.at<int>(0, 0) == 19 - first);
}

TEST(camera_reader_waits_for_a_slow_frame) {
  CameraReader camera([] { return std::make_unique<Camera>(1, 20); });
  CameraReader::Frame frame;
  wait_until([&] { return camera.take(frame) || camera.is_done(); });
  CHECK_EQUAL(frame.number, 0);
  CHECK(!frame.pixels.empty());
}

TEST(camera_reader_does_not_decode_skipped_frames) {
  Camera::Counts counts;
  std::atomic<bool> has_ended{false};
  CameraReader camera([&] { return std::make_unique<EndingCamera>(200, 2, has_ended, &counts); });
  int taken = 0;
  for (CameraReader::Frame frame; !camera.is_done();) {
    if (!camera.take(frame)) continue;
    ++taken;
    const int grabbed = counts.grabbed;  // a model that takes as long as twenty frames
    wait_until([&] { return has_ended || counts.grabbed >= grabbed + 20; });
  }
  CHECK(taken >= 5);
  CHECK(counts.decoded < 150);
}

TEST(exception_of_the_capture_thread_reaches_the_caller) {
  CameraReader no_memory([]() -> std::unique_ptr<media::FrameSource> { throw std::bad_alloc(); });
  CameraReader::Frame frame;
  CHECK_THROWS(while (!no_memory.is_done() || no_memory.take(frame)) no_memory.take(frame), "bad_alloc");
}

// Hangs until it is released, or for a minute.
class Hanging {
 public:
  void hang() {
    std::unique_lock<std::mutex> lock(mutex_);
    is_let_go_ = changed_.wait_for(lock, std::chrono::minutes(1), [this] { return is_let_go_; });
    has_ended_ = true;
    changed_.notify_all();
  }
  // Whether it was hanging until now. Waits for its end.
  bool let_go() {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool was_hanging = !has_ended_;
    is_let_go_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return has_ended_; });
    return was_hanging;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_let_go_ = false, has_ended_ = false;
};

class HangingCamera : public Camera {
 public:
  explicit HangingCamera(std::shared_ptr<Hanging> hanging) : Camera(1, 0), hanging_(std::move(hanging)) {}
  bool grab() override {
    hanging_->hang();
    return false;
  }

 private:
  std::shared_ptr<Hanging> hanging_;
};

TEST(camera_reader_does_not_wait_for_a_hanging_camera) {
  for (const bool opens : {false, true}) {
    const auto hanging = std::make_shared<Hanging>();  // its thread outlives the reader
    {
      CameraReader camera([=] {
        if (!opens) hanging->hang();
        return std::make_unique<HangingCamera>(hanging);
      });
      CameraReader::Frame frame;
      CHECK(!camera.take(frame));
    }
    CHECK(hanging->let_go());
    CHECK(CameraReader::is_left_behind());
  }
}

class DamagedCamera : public Camera {
 public:
  DamagedCamera() : Camera(1'000'000, 10) {}
  bool retrieve(cv::Mat&) override { return false; }
};

TEST(camera_without_good_frames_is_silent_after_its_time_limit_which_begins_when_it_is_open) {
  CameraReader damaged([] { return std::make_unique<DamagedCamera>(); });
  CameraReader slow([] {
    std::this_thread::sleep_for(std::chrono::seconds(13));
    return std::make_unique<Camera>(1, 30'000);
  });
  CameraReader::Frame frame;
  const auto end = CameraReader::Clock::now() + std::chrono::seconds(14);
  while (CameraReader::Clock::now() < end) CHECK(!damaged.take(frame) && !slow.take(frame));
  CHECK(damaged.is_silent() && damaged.state() == media::CameraState::kNoFrames);
  CHECK(!slow.is_silent());
}

TEST(shown_camera_has_no_secrets) {
  const auto is_shown_as = [](const std::string& source, const std::string& shown) {
    CHECK_EQUAL(media::shown_camera(source), shown);
  };
  is_shown_as("0", "0");
  is_shown_as("day one.mp4", "day one.mp4");
  is_shown_as("rtsp://10.0.0.2:554/live/1", "rtsp://10.0.0.2:554/live/1");
  is_shown_as("rtsp://anna:secret@10.0.0.2/live", "rtsp://10.0.0.2/live");
  is_shown_as("rtsp://anna:se@cret@10.0.0.2/live", "rtsp://10.0.0.2/live");
  for (const char* address : {"rtsp://anna:se/cret@10.0.0.2/live", "rtsp://anna:s@e/cret@10.0.0.2/live",
                              "http://anna:se?cret@10.0.0.2/live", "http://anna:se#cret@10.0.0.2/live"}) {
    is_shown_as(address, std::string(address).substr(0, 7) + "...");
  }
  is_shown_as("http://10.0.0.2/video.cgi?user=anna&pwd=secret", "http://10.0.0.2/...");
  is_shown_as("rtsp://10.0.0.2:554/user=anna_password=secret_channel=1", "rtsp://10.0.0.2:554/...");
  is_shown_as("rtspsrc location=rtsp://anna:secret@10.0.0.2/live user-pw=\"two words\" ! decodebin ! appsink",
              "rtspsrc ! decodebin ! appsink");
}

TEST(csi_pipeline_asks_for_nv12_and_ends_in_bgr) {
  CHECK_EQUAL(media::csi_pipeline({}),
              "libcamerasrc ! video/x-raw,format=NV12,width=1280,height=720,framerate=30/1 ! videoconvert ! "
              "video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false");
  CHECK(media::csi_pipeline({640, 0, 0}).find("width=640,height=360,") != std::string::npos);
  CHECK(media::csi_pipeline({1, 0, 0}).find("width=1,height=1,") != std::string::npos);
  CHECK(media::csi_pipeline({640, 480, 15}).find("width=640,height=480,framerate=15/1 !") != std::string::npos);
}

TEST(camera_kind_follows_from_its_text) {
  using media::CameraKind;
  CHECK(media::kind_of_camera("0") == CameraKind::kDevice);
  CHECK(media::kind_of_camera("/dev/null") == CameraKind::kDevice);
  CHECK(media::kind_of_camera("/dev/video63") == CameraKind::kDevice);
  CHECK(media::kind_of_camera("1.7") == CameraKind::kFile);
  CHECK(media::kind_of_camera("99999999999") == CameraKind::kFile);
  CHECK(media::kind_of_camera("csi") == CameraKind::kCsi);
  CHECK(media::kind_of_camera("rtsp://10.0.0.2/stream") == CameraKind::kAddress);
  CHECK(media::kind_of_camera("libcamerasrc ! videoconvert ! appsink") == CameraKind::kPipeline);
  CHECK(media::kind_of_camera("rtspsrc location=rtsp://10.0.0.2/stream ! decodebin ! appsink") ==
        CameraKind::kPipeline);
  CHECK(media::kind_of_camera("street.mp4") == CameraKind::kFile);
}

// Frames that come at these moments, recorded as from a camera of 30 frames a second. At most sixteen: a recorder that
// gets no processor time keeps as many, and drops none.
int frames_recorded(const std::string& path, const std::vector<int>& moments, double& frames_per_second) {
  std::filesystem::remove(path);
  media::Recorder recorder(path, 30);
  const auto start = media::Recorder::Clock::now();
  int written = 0;
  for (const int moment : moments) {
    recorder.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar(moment % 255, 0, 0)), start + milliseconds(moment));
    // After ten frames the rate is known, and the file is created.
    if (++written == 10) wait_until([&] { return std::filesystem::exists(path); });
  }
  recorder.finish();
  cv::VideoCapture video(path);
  frames_per_second = video.get(cv::CAP_PROP_FPS);
  int count = 0;
  for (cv::Mat frame; video.read(frame);) ++count;
  return count;
}

TEST(recording_of_a_slow_model_has_its_rate_and_duration) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("a.avi");
  CHECK(cv::VideoWriter(path, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 5, {64, 48}).isOpened());
  std::vector<int> moments;
  for (int i = 0; i < 15; ++i) moments.push_back(200 * i);
  double rate = 0;
  CHECK_EQUAL(frames_recorded(path, moments, rate), 15);
  CHECK_NEAR(rate, 5, 0.01);
  moments.push_back(5000);  // two seconds without one
  CHECK_EQUAL(frames_recorded(path, moments, rate), 26);
  CHECK_EQUAL(frames_recorded(path, {0}, rate), 1);
}

TEST(pause_of_a_recording_is_shortened_to_a_minute) {
  const test::TemporaryFolder folder;
  media::VideoWriter writer(folder.path("a.avi"), 2);
  const cv::Mat frame(48, 64, CV_8UC3, cv::Scalar(90, 0, 0));
  for (const double second : {0.0, 0.5, 1e6, 1e6 + 1}) writer.write(frame, second);
  writer.finish();
  cv::VideoCapture video(folder.path("a.avi"));
  int count = 0;
  for (cv::Mat each; video.read(each);) ++count;
  CHECK_EQUAL(count, 2 + 120 + 1 + 2);
}

}  // namespace
