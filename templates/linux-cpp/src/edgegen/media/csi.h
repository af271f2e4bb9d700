// The ribbon camera of a Raspberry Pi: `--camera csi`.
#pragma once

#include <cmath>
#include <string>

namespace media {

constexpr char kCsiName[] = "csi";
constexpr char kCsiAdvice[] =
    "It needs `sudo apt install gstreamer1.0-libcamera gstreamer1.0-plugins-base`, an OpenCV with GStreamer, and a "
    "ribbon camera that `rpicam-hello --list-cameras` lists";

// Returns the GStreamer pipeline. 0: 1280 x 720 with 30 frames a second. NV12 is named, because some cameras send grey
// pictures otherwise. appsink drops frames that are late.
inline std::string csi_pipeline(int width = 0, int height = 0, double frames_per_second = 0) {
  const std::string columns = std::to_string(width > 0 ? width : 1280);
  const std::string rows = std::to_string(height > 0 ? height : 720);
  const std::string rate = std::to_string(frames_per_second > 0 ? std::lround(frames_per_second) : 30);
  return "libcamerasrc ! video/x-raw,format=NV12,width=" + columns + ",height=" + rows + ",framerate=" + rate +
         "/1 ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false";
}

}  // namespace media
