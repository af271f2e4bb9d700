// What the text after --camera means.
#pragma once

#include <string>

namespace video {

enum class CameraKind { kDevice, kFile, kAddress, kPipeline };

// A number or /dev/video*, a file, something://..., or a GStreamer pipeline (with a !).
CameraKind kind_of_camera(const std::string& source);

}  // namespace video
