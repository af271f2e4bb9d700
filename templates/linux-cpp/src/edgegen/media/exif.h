// The orientation of pictures.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

#include "vision/image.h"

namespace media {

// Returns the orientation in EXIF data, from its TIFF header on.
vision::Orientation orientation_of(std::string_view exif);

// Whether the bytes of a file are a WebP picture. OpenCV before 4.12 ignores its orientation.
bool is_webp(std::string_view file);

// Returns the EXIF data of a WebP picture; empty if it has none.
std::string_view exif_of_webp(std::string_view file);

// Returns the pixels turned upright. Without a copy if there is nothing to turn.
cv::Mat upright(const cv::Mat& pixels, vision::Orientation orientation);

}  // namespace media
