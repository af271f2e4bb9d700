// Pictures from files and to files, and the names of files.
#pragma once

#include <opencv2/core/mat.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "vision/image.h"
#include "vision/result.h"

namespace media {

using Bytes = std::vector<unsigned char>;

// A file that cannot be read. The program continues with the next one.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Returns the files, with each folder replaced by the pictures and videos in it, sorted by name.
std::vector<std::string> list_files(const std::vector<std::string>& files_and_folders);
bool is_video(const std::string& path);  // by its extension

struct Picture {
  cv::Mat pixels;  // 8 bits, BGR, as stored
  vision::Orientation orientation = vision::Orientation::kUp;
};

// Returns the pixels of cv2.imread, but not turned upright. Throws FileError.
Picture read_picture(const std::string& path);
cv::Mat upright(const Picture& picture);

// The detector's view of a picture, without a copy.
vision::ImageView view_of(const cv::Mat& pixels, vision::Orientation orientation = vision::Orientation::kUp);

// Write JPEG or PNG, by the extension. Leave no part of a file. Throw support::Failure (kOutput).
void write_picture(const std::string& path, const cv::Mat& picture);
void write_map(const std::string& path, const vision::Result& result);  // a class map (8 bits) or depth map (16 bits)
void write_file(const std::string& path, const Bytes& bytes);

// Returns a new file name in the folder, which is created. Never the name of an input or an earlier result.
class OutputNames {
 public:
  OutputNames(std::string folder, std::vector<std::string> inputs);
  std::string next(const std::string& input, std::string extension);  // empty: the input's, or .png

 private:
  std::string folder_;
  std::vector<std::string> taken_;
};

// --- codecs.cpp: JPEG and PNG through the libraries that OpenCV uses, with equal pixels. OpenCV's own imgcodecs loads
// a hundred more libraries: 50 MB of memory and 0.2 s at every start. ---

// Throw FileError.
Picture decode_jpeg(const Bytes& file);
Picture decode_png(const Bytes& file);
Bytes encode_jpeg(const cv::Mat& bgr, int quality);  // 0 to 100
Bytes encode_png(const cv::Mat& picture);            // BGR, or grey with 8 or 16 bits

// Returns the orientation in EXIF data, from its TIFF header on.
vision::Orientation orientation_of(std::string_view exif);

}  // namespace media
