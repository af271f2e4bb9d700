// What the app asks of the library that it loads for videos, cameras and windows.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

namespace video {

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  // The next frame, BGR and upright; false at the end.
  virtual bool read(cv::Mat& frame) = 0;
  virtual double frames_per_second() const = 0;  // 0: not known
  virtual double frame_count() const = 0;        // 0: not known
};

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  // BGR, all of one size. What goes wrong shows only when the file is read again.
  virtual void write(const cv::Mat& frame) = 0;
};

class Window {
 public:
  virtual ~Window() = default;
  // False when the user has closed it: q, Esc, or its cross.
  virtual bool show(const cv::Mat& frame) = 0;
};

// 0: whatever the camera gives.
struct CameraRequest {
  int width = 0, height = 0;  // pixels
  double frames_per_second = 0;
};

// Whatever cannot be opened is a nullptr.
class Library {
 public:
  virtual ~Library() = default;
  virtual std::unique_ptr<FrameSource> open_file(const std::string& path) = 0;
  virtual std::unique_ptr<FrameSource> open_camera(const std::string& source, const CameraRequest& request) = 0;
  // By the extension: .mp4, .m4v, .mov, .mkv or .avi.
  virtual std::unique_ptr<FrameSink> create_file(const std::string& path, double frames_per_second, int width,
                                                 int height) = 0;
  // Whether there is a screen for one. Ask before threads are started.
  virtual bool can_open_window() = 0;
  virtual std::unique_ptr<Window> open_window(const std::string& title) = 0;
};

// The library's only entrance.
inline constexpr char kFileName[] = "libapp_video.so";
inline constexpr char kEntrance[] = "app_video_library";
using Entrance = Library* (*)();

}  // namespace video
