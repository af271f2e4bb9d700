// Cameras: what the text after --camera names, and their frames. Videos are read in the same way.
#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <thread>

namespace media {

enum class CameraKind { kDevice, kCsi, kFile, kAddress, kPipeline };

// By the text after --camera: an index or /dev/..., csi, something://..., a GStreamer pipeline (with !), or a file.
CameraKind kind_of_camera(const std::string& source);

// Throws support::Failure (kUsage) for a text that is no camera: 1.7, front, a file that is not there.
void check_camera(const std::string& source, bool takes_files);

// Returns the text for messages, JSON and pages, which others may read: an address without user name, password and
// query, and a pipeline without the values of its elements.
std::string shown_camera(const std::string& source);

// Ends the program because of a camera. problem: "cannot be opened". Throws support::Failure (kCamera).
[[noreturn]] void fail_camera(const std::string& source, const std::string& problem);

// 0: not asked for. Without a size, a camera of this machine gets 1280 x 720.
struct CameraRequest {
  int width = 0, height = 0;  // pixels
  double frames_per_second = 0;
};

// Returns the GStreamer pipeline of a Raspberry Pi's ribbon camera. appsink drops frames that are late.
std::string csi_pipeline(const CameraRequest& request);

// Returns the text that OpenCV opens: of csi, its pipeline. Throws support::Failure (kCamera) if GStreamer lacks an
// element of a pipeline, for which OpenCV would wait.
std::string opencv_name(const std::string& source, const CameraRequest& request);

// The frames of a video or camera.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual bool grab() = 0;                       // takes the next frame; false at the end
  virtual bool retrieve(cv::Mat& frame) = 0;     // decodes it: BGR, upright; false if it is damaged
  virtual double frames_per_second() const = 0;  // 0: unknown
  // When the frame is shown, in seconds after the first one. NaN: unknown.
  virtual double seconds() const { return std::numeric_limits<double>::quiet_NaN(); }
  // What a camera gives that was asked for something else, as a sentence; empty: what was asked for.
  virtual std::string refusal() const { return ""; }
};

// In capture.cpp. Both return null if it cannot be opened. name: see opencv_name.
std::unique_ptr<FrameSource> open_video(const std::string& path);
std::unique_ptr<FrameSource> open_camera(const std::string& name, CameraKind kind, const CameraRequest& request);

// Reads a camera on its own thread, and hands over the newest frame.
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
  bool is_done() const;    // no frame is left, and none will come
  bool is_silent() const;  // the camera has sent nothing for 12 s: it hangs

  // Whether a thread still hangs in a camera's library. Then the process must end with std::_Exit.
  static bool is_left_behind();

 private:
  struct Shared;
  static void capture(const std::shared_ptr<Shared>& shared, const Open& open);

  std::shared_ptr<Shared> shared_;  // with the thread, which may outlive this object
  std::thread thread_;
};

}  // namespace media
