// What the text after --camera names, and where frames come from.
#pragma once

#include <limits>
#include <opencv2/core/mat.hpp>
#include <string>

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

// Ends the program if GStreamer lacks an element of the pipeline, for which OpenCV would wait. Throws support::Failure
// (kCamera).
void check_elements(const std::string& source, CameraKind kind);

// 0: not asked for. Without a size, a camera of this machine gets 1280 x 720.
struct CameraRequest {
  int width = 0, height = 0;  // pixels
  double frames_per_second = 0;
};

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

}  // namespace media
