// A video that is written, and checked when it is done.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

#include "video/video_api.h"

namespace app {

// The extensions that a video can be written with.
bool is_video_extension(const std::string& path);

class VideoFile {
 public:
  // Throws support::Failure (kOutput).
  VideoFile(const std::string& path, double frames_per_second, cv::Size size);

  // A frame of another size is scaled to the first one's. Throws support::Failure (kOutput) when the disk is nearly
  // full; what was written until then can be played.
  void write(const cv::Mat& frame);

  // Closes the file and reads it again, since OpenCV does not say when a write failed. A file that is not whole is
  // removed. Throws support::Failure (kOutput).
  void finish();

 private:
  std::string path_;
  cv::Size size_;
  std::unique_ptr<video::FrameSink> sink_;
  cv::Mat scaled_;
  double frames_ = 0;
};

}  // namespace app
