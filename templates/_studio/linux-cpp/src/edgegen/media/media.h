// Pictures from files and to files.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

#include "media/files.h"
#include "vision/image.h"

namespace media {

struct Picture {
  cv::Mat pixels;       // 8 bits, BGR, as stored
  int orientation = 1;  // EXIF's number
};

// Returns the pixels of cv2.imread, but not turned upright. Throws FileError.
Picture read_picture(const std::string& path);

// The detector's view of an upright picture, without a copy.
vision::ImageView view_of(const cv::Mat& picture);

// --- codecs.cpp: JPEG and PNG through the libraries that OpenCV uses, with equal pixels. OpenCV's own imgcodecs loads
// a hundred more libraries: 50 MB of memory and 0.2 s at every start. ---

// Throw FileError.
Picture decode_jpeg(const Bytes& file);
Picture decode_png(const Bytes& file);
Bytes encode_jpeg(const cv::Mat& bgr, int quality);  // 0 to 100
Bytes encode_png(const cv::Mat& picture);            // BGR, or grey with 8 or 16 bits

}  // namespace media
