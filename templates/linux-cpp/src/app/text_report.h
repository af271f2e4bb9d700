// Results as text, for people to read.
#pragma once

#include <string>

#include "app/results.h"

namespace app {

// A line for the picture, and one for each box.
std::string picture_text(const PictureResult& picture);

// One line.
std::string video_text(const VideoResult& video);

// "3 person, 1 bus", or "nothing".
std::string counts_text(const std::vector<vision::Detection>& detections);

}  // namespace app
