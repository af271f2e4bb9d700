// The times of a video's frames, from what OpenCV tells of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace loaded {

// When each frame of an MP4 or QuickTime file is shown, in seconds after the first one, in the order of display. Edit
// lists are not applied. Empty for other files.
std::vector<double> times_in_file(const std::string& path);

// OpenCV gives a frame's time in milliseconds, or 0 where it has none: up to 4.6 it has none for the last frames of a
// file, which its decoder keeps back. Their times come from the file, or are estimated.
class FrameTimes {
 public:
  // frames_per_second: 0: unknown.
  FrameTimes(std::string path, double frames_per_second) : path_(std::move(path)), rate_(frames_per_second) {}

  // For every frame in the order of display. milliseconds: OpenCV's CAP_PROP_POS_MSEC after the frame was taken.
  void add(double milliseconds);

  // The newest frame's time, in seconds after the first one. Not a number: unknown.
  double last() const { return last_; }

 private:
  double estimate();

  std::string path_;
  double rate_;
  double first_ = 0;  // in milliseconds
  double last_ = 0;   // in seconds, like given_
  double given_ = 0;  // OpenCV's latest time; last_ may be a later estimate
  long count_ = 0;
  bool has_read_ = false;
  std::vector<double> in_file_;
};

}  // namespace loaded
