// Videos, cameras and windows through OpenCV's videoio and highgui.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/videoio.hpp>
#include <optional>
#include <vector>

#include "loaded/frame_times.h"
#include "loaded/libraries.h"

namespace loaded {
namespace {

namespace fs = std::filesystem;

constexpr double kMostFramesPerSecond = 1000;  // beyond, the file's word is not to be believed
constexpr int kNetworkTimeout = 10000;         // milliseconds
constexpr unsigned kWindowTimeout = 10;        // seconds
constexpr int kKeyWait = 1;                    // milliseconds; highgui draws while it waits

// What reads files and streams. Not CAP_ANY, which asks every driver for every kind of camera, and takes seconds.
#ifdef __APPLE__
const std::vector<int> kStreamBackends = {cv::CAP_FFMPEG, cv::CAP_AVFOUNDATION};
#else
const std::vector<int> kStreamBackends = {cv::CAP_FFMPEG, cv::CAP_GSTREAMER, cv::CAP_OPENCV_MJPEG};
#endif

// What turns the frames upright. Not left to OpenCV: 4.6 swaps 90 and 270 degrees, 4.11 turns nothing by default. Only
// FFmpeg knows a rotation, and GStreamer restarts its pipeline for any property.
std::optional<cv::RotateFlags> turn_for(cv::VideoCapture& capture) {
  if (capture.getBackendName() != "FFMPEG" || !capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0)) return std::nullopt;
  const bool is_swapped = cv::getVersionMajor() == 4 && cv::getVersionMinor() == 6;
  const int degrees = cvRound(capture.get(cv::CAP_PROP_ORIENTATION_META));
  if (degrees == 180) return cv::ROTATE_180;
  if (degrees != 90 && degrees != 270) return std::nullopt;
  return (degrees == 90) != is_swapped ? cv::ROTATE_90_CLOCKWISE : cv::ROTATE_90_COUNTERCLOCKWISE;
}

class Capture : public FrameSource {
 public:
  bool open(const std::string& name, const std::vector<int>& backends, const std::vector<int>& parameters = {}) {
    for (const int backend : backends) {
      if (!capture_.open(name, backend, parameters)) continue;
      turn_ = turn_for(capture_);
      return true;
    }
    return false;
  }

  // Of a file: streams have no times of their own.
  bool open_file(const std::string& path) {
    if (!open(path, kStreamBackends)) return false;
    times_.emplace(path, frames_per_second());
    return true;
  }

  bool open_device(int index, int backend) { return capture_.open(index, backend); }

  void request(const CameraRequest& request) {
    CameraRequest wanted = request;
    if (wanted.width == 0) wanted.width = static_cast<int>(capture_.get(cv::CAP_PROP_FRAME_WIDTH));
    if (wanted.height == 0) wanted.height = static_cast<int>(capture_.get(cv::CAP_PROP_FRAME_HEIGHT));
    if (needs_compression(wanted)) capture_.set(cv::CAP_PROP_FOURCC, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'));
    if (request.width > 0) capture_.set(cv::CAP_PROP_FRAME_WIDTH, request.width);
    if (request.height > 0) capture_.set(cv::CAP_PROP_FRAME_HEIGHT, request.height);
    if (request.frames_per_second > 0) capture_.set(cv::CAP_PROP_FPS, request.frames_per_second);
  }

  bool grab() override {
    try {
      if (!capture_.grab()) return false;
      if (times_) times_->add(capture_.get(cv::CAP_PROP_POS_MSEC));
      return true;
    } catch (const cv::Exception&) {  // a stream that is damaged in the middle ends there
      return false;
    }
  }

  bool retrieve(cv::Mat& frame) override {
    try {
      cv::Mat& stored = turn_ ? stored_ : frame;
      if (!capture_.retrieve(stored) || stored.empty()) return false;
      if (turn_) cv::rotate(stored, frame, *turn_);
      return true;
    } catch (const cv::Exception&) {
      return false;
    }
  }

  double seconds() const override { return times_ ? times_->last() : FrameSource::seconds(); }

  double frames_per_second() const override {
    const double rate = capture_.get(cv::CAP_PROP_FPS);
    return rate > 0 && rate <= kMostFramesPerSecond ? rate : 0;
  }

  double frame_count() const override { return std::max(0.0, capture_.get(cv::CAP_PROP_FRAME_COUNT)); }

 private:
  cv::VideoCapture capture_;
  std::optional<cv::RotateFlags> turn_;  // none: as they are stored
  std::optional<FrameTimes> times_;      // of a file
  cv::Mat stored_;
};

class File : public FrameSink {
 public:
  bool open(const std::string& path, int codec, double frames_per_second, cv::Size size) {
    return writer_.open(path, codec, frames_per_second, size);
  }
  void write(const cv::Mat& frame) override { writer_.write(frame); }

 private:
  cv::VideoWriter writer_;
};

class HighguiWindow : public Window {
 public:
  explicit HighguiWindow(const std::string& title) : title_(title) {
    cv::namedWindow(title_, cv::WINDOW_NORMAL | cv::WINDOW_KEEPRATIO | cv::WINDOW_GUI_NORMAL);
  }
  ~HighguiWindow() override { cv::destroyAllWindows(); }

  bool show(const cv::Mat& frame, int& key) override {
    if (!sized_) {
      cv::resizeWindow(title_, frame.cols, frame.rows);
      sized_ = true;
    }
    cv::imshow(title_, frame);
    key = cv::waitKey(kKeyWait);
    return is_window_open(key, cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE));
  }

 private:
  std::string title_;
  bool sized_ = false;
};

// Codecs that every build of FFmpeg, or OpenCV itself, can write.
int codec_for(const std::string& path) {
  static const std::map<std::string, int> kCodecs = {{".mp4", cv::VideoWriter::fourcc('m', 'p', '4', 'v')},
                                                     {".m4v", cv::VideoWriter::fourcc('m', 'p', '4', 'v')},
                                                     {".mov", cv::VideoWriter::fourcc('m', 'p', '4', 'v')},
                                                     {".mkv", cv::VideoWriter::fourcc('X', 'V', 'I', 'D')},
                                                     {".avi", cv::VideoWriter::fourcc('M', 'J', 'P', 'G')}};
  const auto codec = kCodecs.find(lower_extension(path));
  return codec == kCodecs.end() ? 0 : codec->second;
}

class OpenCvVideos : public VideoLibrary {
 public:
  std::unique_ptr<FrameSource> open_file(const std::string& path) override {
    auto capture = std::make_unique<Capture>();
    // Absolute, or FFmpeg takes a name with a colon for an address.
    const std::string absolute = fs::absolute(path).string();
    return capture->open_file(absolute) ? std::move(capture) : nullptr;
  }

  std::unique_ptr<FrameSource> open_camera(const std::string& source, const CameraRequest& request) override {
    auto capture = std::make_unique<Capture>();
    switch (kind_of_camera(source)) {
      case CameraKind::kFile:
        return open_file(source);
      case CameraKind::kAddress:
        return capture->open(
                   source, {cv::CAP_FFMPEG, cv::CAP_ANY},
                   {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, kNetworkTimeout, cv::CAP_PROP_READ_TIMEOUT_MSEC, kNetworkTimeout})
                   ? std::move(capture)
                   : nullptr;
      case CameraKind::kPipeline:
        return capture->open(source, {cv::CAP_GSTREAMER}) ? std::move(capture) : nullptr;
      case CameraKind::kDevice:
        break;
    }
#ifdef __linux__
    constexpr int kBackend = cv::CAP_V4L2;
#else
    constexpr int kBackend = cv::CAP_ANY;
#endif
    const bool is_path = source.find('/') != std::string::npos;
    const bool opened =
        is_path ? capture->open(source, {kBackend}) : capture->open_device(std::atoi(source.c_str()), kBackend);
    if (!opened) return nullptr;
    capture->request(request);
    return capture;
  }

  std::unique_ptr<FrameSink> create_file(const std::string& path, double frames_per_second, int width,
                                         int height) override {
    const int codec = codec_for(path);
    auto file = std::make_unique<File>();
    return codec != 0 && file->open(fs::absolute(path).string(), codec, frames_per_second, {width, height})
               ? std::move(file)
               : nullptr;
  }

  // Qt ends the program when it cannot reach the screen, so it is tried in a process of its own.
  bool can_open_window() override {
#ifdef __linux__
    if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) return false;
    const pid_t child = fork();
    if (child == 0) {
      dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);  // Qt has much to say when it fails
      alarm(kWindowTimeout);
      try {
        cv::namedWindow("screen test");
        cv::waitKey(kKeyWait);
      } catch (const cv::Exception&) {  // an OpenCV without windows
        _exit(EXIT_FAILURE);
      }
      _exit(EXIT_SUCCESS);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
#else
    return true;
#endif
  }

  std::unique_ptr<Window> open_window(const std::string& title) override {
    return std::make_unique<HighguiWindow>(title);
  }
};

}  // namespace
}  // namespace loaded

extern "C" loaded::VideoLibrary* app_video_library() {
  static loaded::OpenCvVideos library;
  return &library;
}
