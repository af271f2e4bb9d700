// The figures that stand on top of live pictures.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "vision/result.h"

namespace app {

// Frames per second, and how long each part of them took, over the last second.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  void count(Clock::time_point now, const vision::Timing& timing);
  double rate() const;            // 0 before the second frame
  vision::Timing timing() const;  // on average

 private:
  struct Frame {
    Clock::time_point time;
    vision::Timing timing;
  };
  std::deque<Frame> frames_;
};

std::string rate_text(double rate);

// Line by line: how fast it is, and how many of each class there are, where the picture itself does not say it.
std::vector<std::string> figures(const Pace& pace, const vision::Result& result);

}  // namespace app
