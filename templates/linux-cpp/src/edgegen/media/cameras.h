// What the text after --camera names. Needs no OpenCV.
#pragma once

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

}  // namespace media
