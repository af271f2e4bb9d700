// OpenCV's pictures, videos, cameras and windows. They are in libapp_opencv.so, which the app loads when it needs one
// of them: it brings two hundred further libraries (FFmpeg, GStreamer, Qt), 50 MB of memory and 0.2 s.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "media/camera.h"

namespace media {

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void write(const cv::Mat& frame) = 0;  // BGR, all of one size. OpenCV reports no errors
};

class Window {
 public:
  virtual ~Window() = default;
  // Returns false if the user has closed the window: with q, Esc, or its button. key: what was typed, or -1.
  virtual bool show(const cv::Mat& frame, int& key) = 0;
};

// Returns null for what cannot be opened.
class Library {
 public:
  virtual ~Library() = default;
  // BGR; empty: it cannot be read. is_turned: upright, by the file's own orientation.
  virtual cv::Mat decode(const std::vector<unsigned char>& picture, bool is_turned) = 0;
  virtual std::unique_ptr<FrameSource> open_video(const std::string& path) = 0;
  virtual std::unique_ptr<FrameSource> open_camera(const std::string& name, CameraKind kind,
                                                   const CameraRequest& request) = 0;
  // By the extension: .mp4, .m4v, .mov, .mkv or .avi.
  virtual std::unique_ptr<FrameSink> create_file(const std::string& path, double frames_per_second, cv::Size size) = 0;
  // Returns null if there is no screen. Call it before the first thread starts, because it forks.
  virtual std::unique_ptr<Window> open_window(const std::string& title) = 0;
};

// Loads it at the first call. Throws support::Failure (kOutput) if it is missing.
Library& library();

}  // namespace media
