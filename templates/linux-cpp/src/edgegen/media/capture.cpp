#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/videoio.hpp>
#include <opencv2/videoio/registry.hpp>
#include <optional>
#include <vector>

#include "media/camera.h"

namespace media {
namespace {

constexpr double kMostFramesPerSecond = 1000;  // a file that claims more is wrong
constexpr int kNetworkTimeout = 10000;         // milliseconds
constexpr int kDefaultWidth = 1280, kDefaultHeight = 720;
constexpr double kMostUsbBytes = 20e6, kBytesPerPixel = 2, kUsualFramesPerSecond = 30;  // USB 2, a second

bool has_ffmpeg() { return cv::videoio_registry::hasBackend(cv::CAP_FFMPEG); }

// Not CAP_ANY, which tries every driver and takes seconds. With FFmpeg, not GStreamer: it waits forever for the frames
// of some cut files.
std::vector<int> stream_backends() {
#ifdef __APPLE__
  constexpr int kOther = cv::CAP_AVFOUNDATION;
#else
  constexpr int kOther = cv::CAP_GSTREAMER;
#endif
  return {has_ffmpeg() ? cv::CAP_FFMPEG : kOther, cv::CAP_OPENCV_MJPEG};
}

// The rotation that makes the frames upright. OpenCV's own is wrong in 4.6 (it swaps 90 and 270 degrees) and off
// in 4.11.
std::optional<cv::RotateFlags> turn_for(cv::VideoCapture& capture) {
  if (capture.getBackendName() != "FFMPEG" || !capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0)) return std::nullopt;
  const bool is_swapped = cv::getVersionMajor() == 4 && cv::getVersionMinor() == 6;
  const int degrees = cvRound(capture.get(cv::CAP_PROP_ORIENTATION_META));
  if (degrees == 180) return cv::ROTATE_180;
  if (degrees != 90 && degrees != 270) return std::nullopt;
  return (degrees == 90) != is_swapped ? cv::ROTATE_90_CLOCKWISE : cv::ROTATE_90_COUNTERCLOCKWISE;
}

// Whether a USB camera must compress such frames.
bool needs_compression(const CameraRequest& wanted) {
  const double rate = wanted.frames_per_second > 0 ? wanted.frames_per_second : kUsualFramesPerSecond;
  return kBytesPerPixel * wanted.width * wanted.height * rate > kMostUsbBytes;
}

class Capture : public FrameSource {
 public:
  bool open_video(const std::string& path) {
    is_file_ = true;
    // Absolute, or FFmpeg takes a name with a colon for an address.
    return open(std::filesystem::absolute(path).string(), stream_backends());
  }

  bool open_camera(const std::string& name, CameraKind kind, const CameraRequest& request) {
    asked_ = request;
    if (kind == CameraKind::kDevice) return open_device(name);
    if (kind == CameraKind::kAddress) return open_address(name);
    if (kind == CameraKind::kFile) return open_video(name);
    return open(name, {cv::CAP_GSTREAMER});
  }

  bool grab() override {
    try {
      if (!capture_.grab()) return false;
      if (is_file_) count_frame();
      return true;
    } catch (const cv::Exception&) {  // a damaged stream ends here
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

  std::string refusal() const override {
    const int width = cvRound(capture_.get(cv::CAP_PROP_FRAME_WIDTH));
    const int height = cvRound(capture_.get(cv::CAP_PROP_FRAME_HEIGHT));
    const double rate = frames_per_second();
    const bool is_other_rate = asked_.frames_per_second > 0 && std::abs(rate - asked_.frames_per_second) >= 0.5;
    const bool is_other_width = asked_.width > 0 && asked_.width != width;
    const bool is_other_height = asked_.height > 0 && asked_.height != height;
    if (is_file_ || (!is_other_width && !is_other_height && !is_other_rate)) return "";
    const std::string at_rate = rate > 0 ? " with " + std::to_string(cvRound(rate)) + " frames/s" : "";
    return "The camera does not take the size or the rate that was asked for. It gives " + std::to_string(width) +
           " x " + std::to_string(height) + at_rate + ".";
  }

  double seconds() const override { return is_file_ ? seconds_ : FrameSource::seconds(); }

  double frames_per_second() const override {
    const double rate = capture_.get(cv::CAP_PROP_FPS);
    return rate > 0 && rate <= kMostFramesPerSecond ? rate : 0;
  }

 private:
  bool open(const std::string& name, const std::vector<int>& backends, const std::vector<int>& parameters = {}) {
    for (const int backend : backends) {
      if (!capture_.open(name, backend, parameters)) continue;
      turn_ = turn_for(capture_);
      return true;
    }
    return false;
  }

  // FFmpeg would wait for 30 s. Others take no time limits.
  bool open_address(const std::string& address) {
    if (!has_ffmpeg()) return open(address, stream_backends());
    return open(address, {cv::CAP_FFMPEG},
                {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, kNetworkTimeout, cv::CAP_PROP_READ_TIMEOUT_MSEC, kNetworkTimeout});
  }

  // Through V4L2 on Linux: other drivers choose the largest raw format, which USB carries a few times a second.
  bool open_device(const std::string& source) {
#ifdef __linux__
    constexpr int kBackend = cv::CAP_V4L2;
#else
    constexpr int kBackend = cv::CAP_ANY;
#endif
    const bool is_path = source.find('/') != std::string::npos;
    if (!(is_path ? open(source, {kBackend}) : capture_.open(std::atoi(source.c_str()), kBackend))) return false;
    if (asked_.width == 0 && asked_.height == 0) asked_.width = kDefaultWidth;
    if (asked_.width == 0) asked_.width = asked_.height * kDefaultWidth / kDefaultHeight;
    if (asked_.height == 0) asked_.height = asked_.width * kDefaultHeight / kDefaultWidth;
    // The device may refuse each: then it keeps what it had.
    if (needs_compression(asked_)) capture_.set(cv::CAP_PROP_FOURCC, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'));
    capture_.set(cv::CAP_PROP_FRAME_WIDTH, asked_.width);
    capture_.set(cv::CAP_PROP_FRAME_HEIGHT, asked_.height);
    if (asked_.frames_per_second > 0) capture_.set(cv::CAP_PROP_FPS, asked_.frames_per_second);
    return true;
  }

  // OpenCV up to 4.6 gives 0 for the last frames of a file: for them the time goes on at the frame rate.
  void count_frame() {
    const double seconds = capture_.get(cv::CAP_PROP_POS_MSEC) / 1000, rate = frames_per_second();
    if (frames_++ == 0) {
      first_ = seconds;
    } else if (seconds - first_ > seconds_) {
      seconds_ = seconds - first_;
    } else {
      seconds_ += rate > 0 ? 1 / rate : std::numeric_limits<double>::quiet_NaN();
    }
  }

  cv::VideoCapture capture_;
  std::optional<cv::RotateFlags> turn_;  // none: as they are stored
  bool is_file_ = false;
  CameraRequest asked_;  // of a device: with the default size
  long frames_ = 0;
  double first_ = 0, seconds_ = 0;  // the time of the first frame in the file, and of the newest after it
  cv::Mat stored_;
};

}  // namespace

std::unique_ptr<FrameSource> open_video(const std::string& path) {
  auto capture = std::make_unique<Capture>();
  return capture->open_video(path) ? std::move(capture) : nullptr;
}

std::unique_ptr<FrameSource> open_camera(const std::string& name, CameraKind kind, const CameraRequest& request) {
  auto capture = std::make_unique<Capture>();
  return capture->open_camera(name, kind, request) ? std::move(capture) : nullptr;
}

}  // namespace media
