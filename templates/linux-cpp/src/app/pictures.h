// Pictures from files, and to files.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

#include "vision/image.h"

namespace app {

// As cv2.imread gives it: 8 bits, BGR, turned upright by its EXIF orientation, without alpha. Throws std::runtime_error
// with a reason when OpenCV cannot read it.
cv::Mat read_picture(const std::string& path);

// A BGR picture as the detector takes it; valid as long as the picture.
vision::ImageView view_of(const cv::Mat& picture);

// The extension to write a result with: the source's own where OpenCV can write it, or .png.
std::string picture_extension(const std::string& source);

// Writes it whole or not at all. Throws support::Failure (kOutput).
void write_picture(const cv::Mat& picture, const std::string& path);

// Makes the folder where it is missing. Throws support::Failure (kOutput) when it cannot be written to.
void prepare_output_folder(const std::string& folder);

}  // namespace app
