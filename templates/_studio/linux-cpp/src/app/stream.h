// What is known of a video or a camera beyond one frame: which thing is which, and what crossed a line.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

#include "app/options.h"
#include "vision/result.h"

namespace app {

// Counts the tracks whose centre crosses a line.
class LineCounter {
 public:
  explicit LineCounter(const CountLine& line) : line_(line) {}
  void look(const vision::Result& result);
  const CountLine& line() const { return line_; }
  // From the line's left to its right, as seen by somebody who looks along it from its first end; and back.
  int in() const { return in_; }
  int out() const { return out_; }

 private:
  CountLine line_;
  struct Sight {
    vision::Point centre;  // when it was last on a side of the line
    long frame;
  };
  std::map<int, Sight> last_;  // of each track
  long frame_ = 0;
  int in_ = 0, out_ = 0;
};

// Where things that are followed have come from: the centres of their boxes in the last frames.
class Trails {
 public:
  void look(const vision::Result& result);
  void draw(cv::Mat& frame) const;

 private:
  struct Trail {
    std::deque<vision::Point> centres;  // oldest first
    long frame;
  };
  std::map<int, Trail> trails_;
  long frame_ = 0;
};

// One video or camera, or one picture, which nothing came before.
class Stream {
 public:
  explicit Stream(const Options& options);

  // Between the model and what shows, writes and counts its results: tracks first, then the owner's processors.
  // seconds: when the frame was seen; where nobody knows, frames come as in a usual video.
  void process(vision::Result& result, std::optional<double> seconds = std::nullopt);

  // On top of a frame: trails, what was found, the line, and how many crossed it.
  void draw(cv::Mat& frame, const vision::Result& result) const;

  // Further members of a frame's JSON object.
  std::string json() const;

  // "; 12 in, 3 out"; nothing without a line.
  std::string text() const;

 private:
  vision::ResultProcessors tracker_, processors_;
  std::function<void(vision::Result&, double)> smoothing_;  // empty: none
  long frames_ = 0;
  std::optional<LineCounter> counter_;
  std::optional<Trails> trails_;
};

}  // namespace app
