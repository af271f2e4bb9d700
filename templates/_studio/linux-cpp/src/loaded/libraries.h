// What the app asks of the libraries that it loads when it needs them: OpenCV's pictures of other kinds than JPEG and
// PNG, its videos, cameras and windows, and an HTTP server.
#pragma once

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "support/text.h"

namespace loaded {

class PictureLibrary {
 public:
  virtual ~PictureLibrary() = default;
  // As cv2.imread gives it, upright; empty when it cannot be read. Throws std::runtime_error with OpenCV's reason.
  virtual cv::Mat read(const std::string& path) = 0;
  // The same of a file's bytes, but not turned upright.
  virtual cv::Mat decode(const std::vector<unsigned char>& bytes) = 0;
  virtual bool can_write(const std::string& extension) = 0;
  // Throws std::runtime_error with OpenCV's reason.
  virtual std::vector<unsigned char> encode(const cv::Mat& picture, const std::string& extension) = 0;
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  // Takes the next frame; false at the end.
  virtual bool grab() = 0;
  // Decodes the frame that was taken, BGR and upright; false when it is damaged.
  virtual bool retrieve(cv::Mat& frame) = 0;
  // When the frame that was taken is shown, in seconds after the first one. Not a number: unknown.
  virtual double seconds() const { return std::numeric_limits<double>::quiet_NaN(); }
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
  // False when the user has closed it: q, Esc, or its cross. key: what was typed, or -1.
  virtual bool show(const cv::Mat& frame, int& key) = 0;
};

// What highgui says of a window after a frame. Its WND_PROP_VISIBLE is 0 once the window is closed; where it cannot
// tell (GTK), it is -1 all the time.
constexpr bool is_window_open(int key, double visible) {
  constexpr int kEscape = 27;
  return key != kEscape && key != 'q' && visible != 0;
}

// What the text after --camera means: a number or /dev/video*, a file, something://..., or a GStreamer pipeline (with
// a !).
enum class CameraKind { kDevice, kFile, kAddress, kPipeline };
inline CameraKind kind_of_camera(const std::string& source) {
  const bool is_number = std::all_of(source.begin(), source.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::error_code ignored;
  if (is_number || std::filesystem::is_character_file(source, ignored)) return CameraKind::kDevice;
  const std::size_t scheme =
      source.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
  if (scheme != std::string::npos && source.compare(scheme, 3, "://") == 0) return CameraKind::kAddress;
  if (source.find('!') != std::string::npos && !std::filesystem::exists(source, ignored)) {
    return CameraKind::kPipeline;
  }
  return CameraKind::kFile;
}

// 0: whatever the camera gives.
struct CameraRequest {
  int width = 0, height = 0;  // pixels
  double frames_per_second = 0;
};

// Whether a USB camera has to compress such frames: USB 2 carries some 20 MB/s of them, at 2 bytes a pixel.
constexpr bool needs_compression(const CameraRequest& wanted) {
  constexpr double kMostBytesPerSecond = 20e6, kBytesPerPixel = 2, kUsualFramesPerSecond = 30;
  const double rate = wanted.frames_per_second > 0 ? wanted.frames_per_second : kUsualFramesPerSecond;
  return kBytesPerPixel * wanted.width * wanted.height * rate > kMostBytesPerSecond;
}

// Of street.MP4 ".mp4".
inline std::string lower_extension(const std::string& path) {
  return support::lowercase(std::filesystem::path(path).extension().string());
}

// Whatever cannot be opened is a nullptr.
class VideoLibrary {
 public:
  virtual ~VideoLibrary() = default;
  virtual std::unique_ptr<FrameSource> open_file(const std::string& path) = 0;
  virtual std::unique_ptr<FrameSource> open_camera(const std::string& source, const CameraRequest& request) = 0;
  // By the extension, in capitals or not: .mp4, .m4v, .mov, .mkv or .avi.
  virtual std::unique_ptr<FrameSink> create_file(const std::string& path, double frames_per_second, int width,
                                                 int height) = 0;
  // Whether there is a screen for one. Ask before threads are started.
  virtual bool can_open_window() = 0;
  virtual std::unique_ptr<Window> open_window(const std::string& title) = 0;
};

// Of one picture, for all who look at it.
using Jpeg = std::shared_ptr<const std::vector<unsigned char>>;

// What a server shows. It is asked from several threads.
class LiveSource {
 public:
  virtual ~LiveSource() = default;
  // The newest picture, if it is another than `number`, which becomes its own. Waits a moment for it; null: none came.
  virtual Jpeg picture(long& number) = 0;
  // The newest frame's results and figures, as JSON; empty: there is no frame yet.
  virtual std::string frame() = 0;
  virtual std::string status() = 0;
  // Nobody who asks is let wait any more.
  virtual void stop() = 0;
};

// Serves as long as it lives.
class Server {
 public:
  virtual ~Server() = default;
  virtual int port() const = 0;
};

class ServerLibrary {
 public:
  virtual ~ServerLibrary() = default;
  // The page at /, the source's pictures and JSON below it. Port 0 is any that is free. Null when it cannot listen
  // there: problem is then a value of errno, or -1 when there is no such address.
  virtual std::unique_ptr<Server> serve(const std::string& address, int port, const std::string& page,
                                        LiveSource& source, int& problem) = 0;
};

// Loaded when first asked for. Throw std::runtime_error when this app was built without it, or it cannot be loaded.
PictureLibrary& picture_library();
VideoLibrary& video_library();
ServerLibrary& server_library();

// Each library's file, and its only entrance.
inline constexpr char kPictureFile[] = "libapp_pictures.so", kPictureEntrance[] = "app_picture_library";
inline constexpr char kVideoFile[] = "libapp_video.so", kVideoEntrance[] = "app_video_library";
inline constexpr char kServerFile[] = "libapp_server.so", kServerEntrance[] = "app_server_library";

}  // namespace loaded
