// Reads a camera on its own thread, and hands over the newest frame.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <thread>

#include "media/capture.h"

namespace media {

class CameraReader {
 public:
  using Clock = std::chrono::steady_clock;
  using Open = std::function<std::unique_ptr<FrameSource>()>;  // returns the camera, or throws

  struct Frame {
    cv::Mat pixels;
    Clock::time_point time;  // of its capture
    double seconds = 0;      // of a file, after the first frame; NaN: unknown
    long number = 0;         // of all frames of the camera, from 0
  };

  explicit CameraReader(Open open);
  ~CameraReader();  // does not wait for a camera that hangs: see is_left_behind

  // Waits up to 50 ms for a new frame; false: there was none. Throws what ended the capture.
  bool take(Frame& frame);
  bool is_done() const;              // no frame is left, and none will come
  bool is_silent() const;            // the camera has sent nothing for 12 s: it hangs
  int skipped() const;               // frames that newer ones replaced
  double frames_per_second() const;  // the camera's, known after the first frame; 30 if it does not say

  // Whether a thread still hangs in a camera's library. Then the process must end with std::_Exit.
  static bool is_left_behind();

 private:
  struct Shared;
  static void capture(const std::shared_ptr<Shared>& shared, const Open& open);

  std::shared_ptr<Shared> shared_;  // with the thread, which may outlive this object
  std::thread thread_;
};

}  // namespace media
