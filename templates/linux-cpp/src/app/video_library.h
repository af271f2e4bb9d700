// The library for videos, cameras and windows, loaded when it is first asked for.
#pragma once

#include "video/video_api.h"

namespace app {

// Throws std::runtime_error when this app was built without it, or it cannot be loaded.
video::Library& video_library();

}  // namespace app
