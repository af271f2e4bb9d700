// Frames of videos and cameras, through OpenCV.
#pragma once

#include <limits>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

#include "media/cameras.h"

namespace media {

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

// Both return null if it cannot be opened. name: see opencv_name.
std::unique_ptr<FrameSource> open_video(const std::string& path);
std::unique_ptr<FrameSource> open_camera(const std::string& name, CameraKind kind, const CameraRequest& request);

}  // namespace media
