// The library libapp_opencv.so: see library.h.
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <vector>

#include "media/library.h"
#include "media/screen.h"
#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr int kKeyWait = 1;  // milliseconds; highgui draws while it waits
constexpr int kEscape = 27;

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
    bool is_closed = false;
    key = wait_key(title_, kKeyWait, is_closed);
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
  cv::Mat decode(const std::vector<unsigned char>& picture, bool is_turned) override {
    try {
      const support::SilentErrors silent;
      return cv::imdecode(picture, is_turned ? cv::IMREAD_COLOR : cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    } catch (const cv::Exception&) {  // too many pixels
      return {};
    }
  }

  std::unique_ptr<FrameSource> open_video(const std::string& path) override { return media::open_video(path); }

  std::unique_ptr<FrameSource> open_camera(const std::string& name, CameraKind kind,
                                           const CameraRequest& request) override {
    return media::open_camera(name, kind, request);
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
