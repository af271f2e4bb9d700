// Pictures, videos that are written, and a window.
#pragma once

#include <chrono>
#include <opencv2/core/mat.hpp>
#include <opencv2/videoio.hpp>
#include <string>

#include "media/files.h"
#include "vision/image.h"

namespace media {

// Returns the picture as BGR, upright. Throws FileError.
cv::Mat read_picture(const std::string& path);

// The detector's view of a picture, without a copy.
vision::ImageView view_of(const cv::Mat& picture);

// Measures the frames per second, as a moving average.
class FrameRate {
 public:
  double next();  // call it once per frame

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
  double seconds_ = 0;  // the mean duration of a frame
};

// Writes MP4. The first frame creates the file.
class VideoWriter {
 public:
  void open(const std::string& path, double frames_per_second);
  void write(const cv::Mat& frame);  // throws support::Failure (kOutput)
  // Returns whether there was a frame. Reads the file again, because OpenCV reports no failed write. Throws
  // support::Failure (kOutput).
  bool finish();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  double frames_per_second_ = 0;
  cv::VideoWriter writer_;
};

// A window on the screen, with sliders.
class Window {
 public:
  explicit Window(std::string title);

  void add_slider(const std::string& name, double value);  // 0 to 1, shown in percent
  double slider(const std::string& name) const;

  // Shows the picture for some milliseconds, or until a key is pressed. Returns whether one was.
  bool show(const cv::Mat& picture, int milliseconds);
  bool has_quit() const { return has_quit_; }  // after q or Esc, or if the user closed the window

 private:
  std::string title_;
  bool has_size_ = false, has_quit_ = false;
};

}  // namespace media
