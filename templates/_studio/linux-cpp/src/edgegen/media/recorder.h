// Writes videos: files at their own rate, and recordings of a camera as it happened.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <thread>

#include "media/library.h"

namespace media {

// The first frame creates the file, which is kept after an error too.
class VideoWriter {
 public:
  VideoWriter(std::string path, double frames_per_second);

  // Shows the frame from this second on; NaN: after the last frame. Until then the last frame is repeated, for a minute
  // at most. A frame that comes too late is left out. Throws support::Failure (kOutput).
  void write(const cv::Mat& frame, double seconds);

  // Reads the file again, because OpenCV reports no failed write. Throws support::Failure (kOutput).
  void finish();

 private:
  void add(const cv::Mat& frame);

  std::string path_;
  double frames_per_second_;
  std::unique_ptr<FrameSink> sink_;
  cv::Mat scaled_, last_;
  cv::Size size_;
  long frames_ = 0, cut_ = 0;  // written; left out of pauses
};

// Writes frames of a camera on its own thread. The video has the rate at which they come, at most the camera's.
class Recorder {
 public:
  using Clock = std::chrono::steady_clock;

  Recorder(std::string path, double highest_frames_per_second);
  ~Recorder();

  // Never waits: leaves out frames for which the disk is too slow. Throws support::Failure (kOutput) for an earlier
  // one.
  void write(const cv::Mat& frame, Clock::time_point time);
  void finish();  // throws support::Failure (kOutput)

 private:
  struct Stamped {
    cv::Mat frame;
    Clock::time_point time;
  };

  void run();
  bool has_measured() const;

  std::string path_;
  double frames_per_second_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Stamped> waiting_;
  bool is_last_ = false;
  std::exception_ptr problem_;
  std::optional<VideoWriter> file_;  // of the thread, as start_
  Clock::time_point start_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace media
