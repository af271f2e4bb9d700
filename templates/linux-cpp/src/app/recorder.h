// Records what the camera mode shows, at the speed at which it happened.
#pragma once

#include <chrono>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

#include "app/video_file.h"

namespace app {

class Recorder {
 public:
  using Clock = std::chrono::steady_clock;

  Recorder(const std::string& path, double frames_per_second);

  // Inference may be slower than the video's rate, and is never even: a frame is repeated until the next one was
  // there. Throws support::Failure (kOutput).
  void write(const cv::Mat& frame, Clock::time_point now);

  // Throws support::Failure (kOutput) when the video is not whole.
  void finish();

 private:
  std::string path_;
  double frames_per_second_;
  std::optional<VideoFile> file_;  // from the first frame on, whose size it has
  Clock::time_point start_;
  double written_ = 0;
};

}  // namespace app
