// Videos and cameras through OpenCV.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace media {

// 0: not asked for. Without a size, a camera of this machine gets 1280 x 720.
struct CameraRequest {
  int width = 0, height = 0;  // pixels
  double frames_per_second = 0;
};

// Throws support::Failure (kUsage) for a text after --camera that is no camera: 1.7, front.
void check_camera(const std::string& camera);

// Returns the text for messages and JSON, which others may read: an address without user name, password and query.
std::string shown_camera(const std::string& camera);

// Ends the program because of a camera. problem: "cannot be opened". Throws support::Failure (kCamera).
[[noreturn]] void fail_camera(const std::string& camera, const std::string& problem);

// The frames of a video or camera: BGR, upright.
class Capture {
 public:
  // Both return false if it cannot be opened.
  bool open_video(const std::string& path);
  // camera: an index or /dev/..., csi, or something://... Throws support::Failure (kCamera) if GStreamer lacks an
  // element.
  bool open_camera(const std::string& camera, const CameraRequest& request);

  bool grab();                       // takes the next frame; false at the end
  bool retrieve(cv::Mat& frame);     // decodes it; false if it is damaged
  double frames_per_second() const;  // 0: unknown
  // What a camera gives that was asked for something else, as a sentence; empty: what was asked for.
  std::string refusal() const;

 private:
  bool open(const std::string& name, const std::vector<int>& backends, const std::vector<int>& parameters = {});
  bool open_device(const std::string& camera);
  bool open_address(const std::string& address);

  cv::VideoCapture capture_;
  std::optional<cv::RotateFlags> turn_;  // none: as they are stored
  CameraRequest asked_;                  // of a device: with the default size
  cv::Mat stored_;
};

// Reads a camera on its own thread, and hands over the newest frame.
class CameraReader {
 public:
  // open returns the camera, or throws.
  explicit CameraReader(std::function<std::unique_ptr<Capture>()> open);
  ~CameraReader();  // does not wait for a camera that hangs: see is_left_behind

  // Waits up to 50 ms for a new frame; false: there was none. Throws what ended the capture.
  bool take(cv::Mat& frame);
  bool is_done() const;    // no frame is left, and none will come
  bool is_silent() const;  // the camera has sent nothing for 12 s: it hangs

  // Whether a thread still hangs in a camera's library. Then the process must end with std::_Exit.
  static bool is_left_behind();

 private:
  struct Shared;
  static void capture(Shared& my, const std::function<std::unique_ptr<Capture>()>& open);

  std::shared_ptr<Shared> shared_;  // with the thread, which may outlive this object
  std::thread thread_;
};

}  // namespace media
