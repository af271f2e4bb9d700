// The library libapp_opencv.so: see library.h.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <optional>
#include <vector>

#include "media/csi.h"
#include "media/library.h"
#include "media/screen.h"
#include "support/text.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr double kMostFramesPerSecond = 1000;  // a file that claims more is wrong
constexpr int kNetworkTimeout = 10000;         // milliseconds
constexpr int kKeyWait = 1;                    // milliseconds; highgui draws while it waits
constexpr int kEscape = 27;
constexpr double kMostUsbBytes = 20e6, kBytesPerPixel = 2, kUsualFramesPerSecond = 30;  // USB 2, a second

// Not CAP_ANY, which tries every driver and takes seconds.
#ifdef __APPLE__
const std::vector<int> kStreamBackends = {cv::CAP_FFMPEG, cv::CAP_AVFOUNDATION};
#else
const std::vector<int> kStreamBackends = {cv::CAP_FFMPEG, cv::CAP_GSTREAMER, cv::CAP_OPENCV_MJPEG};
#endif

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
  bool open(const std::string& name, const std::vector<int>& backends, const std::vector<int>& parameters = {}) {
    for (const int backend : backends) {
      if (!capture_.open(name, backend, parameters)) continue;
      turn_ = turn_for(capture_);
      return true;
    }
    return false;
  }

  bool open_file(const std::string& path) {
    is_file_ = true;
    return open(path, kStreamBackends);
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

  double seconds() const override { return is_file_ ? seconds_ : FrameSource::seconds(); }

  double frames_per_second() const override {
    const double rate = capture_.get(cv::CAP_PROP_FPS);
    return rate > 0 && rate <= kMostFramesPerSecond ? rate : 0;
  }

 private:
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
  long frames_ = 0;
  double first_ = 0, seconds_ = 0;  // the time of the first frame in the file, and of the newest after it
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
    // 0 after the user closed it; -1 if the window system cannot tell (GTK).
    const bool is_closed = cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE) == 0;
    return !is_closed && key != 'q' && key != kEscape;
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
  const auto codec = kCodecs.find(support::lowercase(fs::path(path).extension().string()));
  return codec == kCodecs.end() ? 0 : codec->second;
}

class OpenCv : public Library {
 public:
  cv::Mat decode(const std::vector<unsigned char>& picture) override {
    try {
      return cv::imdecode(picture, cv::IMREAD_COLOR);
    } catch (const cv::Exception&) {  // too many pixels
      return {};
    }
  }

  std::unique_ptr<FrameSource> open_file(const std::string& path) override {
    auto capture = std::make_unique<Capture>();
    // Absolute, or FFmpeg takes a name with a colon for an address.
    const std::string absolute = fs::absolute(path).string();
    return capture->open_file(absolute) ? std::move(capture) : nullptr;
  }

  std::unique_ptr<FrameSource> open_camera(CameraKind kind, const std::string& source,
                                           const CameraRequest& request) override {
    auto capture = std::make_unique<Capture>();
    switch (kind) {
      case CameraKind::kFile:
        return open_file(source);
      case CameraKind::kAddress:
        return capture->open(
                   source, {cv::CAP_FFMPEG, cv::CAP_ANY},
                   {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, kNetworkTimeout, cv::CAP_PROP_READ_TIMEOUT_MSEC, kNetworkTimeout})
                   ? std::move(capture)
                   : nullptr;
      case CameraKind::kCsi:
        return capture->open(csi_pipeline(request.width, request.height, request.frames_per_second),
                             {cv::CAP_GSTREAMER})
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

  std::unique_ptr<FrameSink> create_file(const std::string& path, double frames_per_second, cv::Size size) override {
    const int codec = codec_for(path);
    auto file = std::make_unique<File>();
    return codec != 0 && file->open(fs::absolute(path).string(), codec, frames_per_second, size) ? std::move(file)
                                                                                                 : nullptr;
  }

  std::unique_ptr<Window> open_window(const std::string& title) override {
    return can_open_window() ? std::make_unique<HighguiWindow>(title) : nullptr;
  }
};

}  // namespace
}  // namespace media

extern "C" media::Library* app_opencv_library() {
  static media::OpenCv library;
  return &library;
}
