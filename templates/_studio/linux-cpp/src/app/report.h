// Results as text, for people, and as JSON, for programs: README.md says what is in it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "vision/result.h"

namespace app {

// Of what a result holds: "3 person" and "1 bus"; a line for each. boxes.cpp, or the task's own.
std::vector<std::string> counts(const vision::Result& result);
std::string found_text(const vision::Result& result);

// All that was found, as a list: see json/results.h.
std::string found_json(const vision::Result& result);

// "3 person, 1 bus", or "nothing".
std::string counts_text(const vision::Result& result);

// A line for the picture, and one for each of its boxes.
std::string picture_text(const std::string& path, const vision::Result& result);

// Which model this is, as an object.
std::string model_json();

// One of the pictures of the object that is printed for them.
// more: further members, each behind a comma.
std::string picture_json(const std::string& path, const vision::Result& result, const std::string& more = "");

// The line of a frame. seconds: since the beginning; what is not finite is not known.
std::string frame_json(const std::string& path, long frame, double seconds, const vision::Result& result,
                       const std::string& more = "");

std::string failure_json(const std::string& path, const std::string& message);

// How a camera's pictures come along: what its page shows. timing: of the last second, on average.
std::string status_json(const std::string& path, double frames_per_second, const vision::Timing& timing,
                        const vision::Result& result, bool has_ended, const std::string& more);

// What a row of measurements comes to.
struct Summary {
  double lowest = 0, median = 0, p90 = 0;  // nine tenths of the measurements are at most p90
};
Summary summarize(std::vector<double> measurements);  // all 0 without measurements

// What the frames of a video come to, in the same memory for an hour as for a second.
class VideoSummary {
 public:
  void add(const vision::Result& result);
  std::string text(const std::string& path, const std::string& more = "") const;  // a line
  double median_milliseconds() const;                                             // to a tenth; 0 without frames
  std::size_t frames() const { return frames_; }

 private:
  std::string size_;
  std::size_t frames_ = 0, boxes_ = 0;
  std::map<long, std::size_t> tenths_;  // of a millisecond, and how many frames took so long
};

}  // namespace app
