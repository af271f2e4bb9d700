// OpenCV's pictures, videos, cameras and windows. They are in libapp_opencv.so, which the app loads when it needs one
// of them: it brings two hundred further libraries (FFmpeg, GStreamer, Qt), 50 MB of memory and 0.2 s.
#pragma once

#include <limits>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace media {

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual bool grab() = 0;                       // takes the next frame; false at the end
  virtual bool retrieve(cv::Mat& frame) = 0;     // decodes it: BGR, upright; false if it is damaged
  virtual double frames_per_second() const = 0;  // 0: unknown
  // When the frame is shown, in seconds after the first one. NaN: unknown.
  virtual double seconds() const { return std::numeric_limits<double>::quiet_NaN(); }
};

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

enum class CameraKind { kDevice, kCsi, kFile, kAddress, kPipeline };

// By the text after --camera: an index or /dev/video*, csi, a file, something://..., or a GStreamer pipeline (with !).
CameraKind kind_of_camera(const std::string& source);

// 0: the camera chooses.
struct CameraRequest {
  int width = 0, height = 0;  // pixels
  double frames_per_second = 0;
};

// Returns null for what cannot be opened.
class Library {
 public:
  virtual ~Library() = default;
  virtual cv::Mat decode(const std::vector<unsigned char>& picture) = 0;  // BGR, upright; empty: it cannot be read
  virtual std::unique_ptr<FrameSource> open_file(const std::string& path) = 0;
  virtual std::unique_ptr<FrameSource> open_camera(CameraKind kind, const std::string& source,
                                                   const CameraRequest& request) = 0;
  // By the extension: .mp4, .m4v, .mov, .mkv or .avi.
  virtual std::unique_ptr<FrameSink> create_file(const std::string& path, double frames_per_second, cv::Size size) = 0;
  // Returns null if there is no screen. Call it before the first thread starts, because it forks.
  virtual std::unique_ptr<Window> open_window(const std::string& title) = 0;
};

// Loads it at the first call. Throws support::Failure (kOutput) if it is missing.
Library& library();

}  // namespace media
