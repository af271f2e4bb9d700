// Captures on a thread of its own.
#pragma once

#include <atomic>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <thread>

#include "app/newest_frame.h"
#include "video/video_api.h"

namespace app {

class CameraReader {
 public:
  // Starts to capture. Throws support::Failure (kCamera) when the camera cannot be opened.
  CameraReader(const std::string& source, const video::CameraRequest& request);
  ~CameraReader();

  // Waits a moment for a frame that was not taken yet. False when none came: ask is_done().
  bool take(cv::Mat& frame);
  bool is_done() const { return frames_.is_done(); }
  int skipped() const { return frames_.skipped(); }

  // As the camera says; a guess where it does not.
  double frames_per_second() const { return frames_per_second_; }

 private:
  void capture();

  bool is_file_;
  std::unique_ptr<video::FrameSource> source_;
  double frames_per_second_;
  NewestFrame<cv::Mat> frames_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace app
