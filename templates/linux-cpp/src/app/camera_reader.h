// Opens and captures on a thread of its own, and hands over always the newest frame, never a queue.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <thread>

#include "loaded/libraries.h"

namespace app {

class CameraReader {
 public:
  using Clock = std::chrono::steady_clock;
  // Gives the source, or throws.
  using Open = std::function<std::unique_ptr<loaded::FrameSource>()>;

  struct Frame {
    cv::Mat pixels;
    Clock::time_point time;  // when it was captured
    long number = 0;         // of all that the camera gave, from 0
  };

  // at_its_own_speed: a file, to be shown as a camera would have shown it.
  CameraReader(Open open, bool at_its_own_speed);
  // A read that hangs is left to itself: see is_left_behind.
  ~CameraReader();

  // Waits a moment for a frame that was not taken yet. False when none came: ask is_done(). Throws what ended the
  // capture.
  bool take(Frame& frame);
  bool is_done() const;  // whether no frame is left, and none will come

  int skipped() const;               // frames that newer ones replaced before anyone took them
  double frames_per_second() const;  // as the camera says once it has given a frame; a guess where it does not

  // Whether a thread still hangs in a camera's library: the process has to end without tidying up (std::_Exit).
  static bool is_left_behind();

 private:
  struct Shared;
  static void capture(const std::shared_ptr<Shared>& shared, const Open& open, bool at_its_own_speed);

  std::shared_ptr<Shared> shared_;  // with the thread, which may outlive this
  std::thread thread_;
};

}  // namespace app
