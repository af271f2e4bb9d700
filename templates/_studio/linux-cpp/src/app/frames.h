// Frames that come from cameras, and frames that go into videos.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <thread>

#include "loaded/libraries.h"

namespace app {

// Opens and captures on a thread of its own, and hands over always the newest frame, never a queue.
class CameraReader {
 public:
  using Clock = std::chrono::steady_clock;
  // Gives the source, or throws.
  using Open = std::function<std::unique_ptr<loaded::FrameSource>()>;

  struct Frame {
    cv::Mat pixels;
    Clock::time_point time;  // when it was captured
    double seconds = 0;      // in a file: its time after the first frame; not a number: unknown
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
  double frame_count() const;        // of all that there will be, as a video says; 0: unknown, or no end

  // Whether a thread still hangs in a camera's library: the process has to end without tidying up (std::_Exit).
  static bool is_left_behind();

 private:
  struct Shared;
  static void capture(const std::shared_ptr<Shared>& shared, const Open& open, bool at_its_own_speed);

  std::shared_ptr<Shared> shared_;  // with the thread, which may outlive this
  std::thread thread_;
};

// A blank and what to do if a device without pictures is a ribbon camera; empty if this is no Raspberry Pi. board_file:
// where Linux names the board.
std::string ribbon_camera_advice(const std::string& board_file = "/proc/device-tree/model");

// Some formats give their length as a time only, so the number of frames is rounded: this part of them must be there.
inline constexpr double kWholeVideo = 0.9;

// Shortens pauses between frames to a minute, as files can have absurd times.
class Pauses {
 public:
  // seconds: the frame's own time. shown: how long the frames before it take. Returns when the frame is shown.
  double shorten(double seconds, double shown);

 private:
  double cut_ = 0;  // seconds that were left out
};

// The extensions that a video can be written with.
bool is_video_extension(const std::string& path);

// The next frame that is not damaged; false at the end. taken: how many there were, these too.
bool read_frame(loaded::FrameSource& source, cv::Mat& frame, long& taken);

// The rate at which a video can be written again with every frame in its place: its own, or a higher one where the
// first frames come unevenly. Takes these frames.
double writing_rate(loaded::FrameSource& source);

// A video that is checked when it is done. Whatever comes of it, the file stays.
class VideoFile {
 public:
  // Throws support::Failure (kOutput).
  VideoFile(const std::string& path, double frames_per_second, cv::Size size);

  // Shows the frame from this time on, in seconds after the first one; not a number: right after the frame before. The
  // frame before is repeated until then, for a minute at most. A frame that is more than a frame late is left out, one
  // of another size is scaled to the first one's. Throws support::Failure (kOutput) when the disk is nearly full; the
  // part that was written can be played.
  void write(const cv::Mat& frame, double seconds);

  // Closes the file and reads it again, since OpenCV does not say when a write failed. Warns on standard error when it
  // tells of fewer frames than were written. Throws support::Failure (kOutput) when it cannot be played at all.
  void finish();

 private:
  void add(const cv::Mat& frame);

  std::string path_;
  double frames_per_second_;
  cv::Size size_;
  std::unique_ptr<loaded::FrameSink> sink_;
  cv::Mat scaled_, shown_;
  Pauses pauses_;
  long frames_ = 0;
};

// Records what the camera mode shows, at the speed at which it happened, on a thread of its own.
class Recorder {
 public:
  using Clock = std::chrono::steady_clock;

  // The video gets as many frames a second as come in its first moments, at most so many: what is slower than the
  // camera is not encoded over and over.
  Recorder(const std::string& path, double most_frames_per_second);
  ~Recorder();

  // Never waits: a frame that the disk or the encoder is too slow for is left out, and the one before stays longer.
  // Throws support::Failure (kOutput) when an earlier one could not be written.
  void write(const cv::Mat& frame, Clock::time_point time);

  // Throws support::Failure (kOutput) when the video cannot be played.
  void finish();

 private:
  struct Stamped {
    cv::Mat frame;
    Clock::time_point time;
  };

  void run();
  bool has_measured() const;
  void add(const Stamped& next);

  std::string path_;
  double frames_per_second_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Stamped> waiting_;
  bool is_last_ = false;
  std::exception_ptr problem_;
  // Of the writing thread alone.
  std::optional<VideoFile> file_;
  Clock::time_point start_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace app
