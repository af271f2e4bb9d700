// Videos and cameras through OpenCV.
#pragma once

#include <memory>
#include <string>

#include "media/cameras.h"

namespace media {

// Both return null if it cannot be opened.
std::unique_ptr<FrameSource> open_video(const std::string& path);
std::unique_ptr<FrameSource> open_camera(const std::string& source, CameraKind kind, const CameraRequest& request);

}  // namespace media
