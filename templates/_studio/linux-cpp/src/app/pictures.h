// Pictures from files, and to files.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "vision/image.h"

namespace app {

struct Picture {
  cv::Mat pixels;  // 8 bits, BGR, as stored
  vision::Orientation orientation = vision::Orientation::kUp;
};

// The pixels of cv2.imread: 8 bits, without alpha, but not yet turned upright. codecs.cpp reads JPEG and PNG, and
// OpenCV, in a library that is loaded for it, everything else. Throws std::runtime_error with the reason if that fails.
Picture read_picture(const std::string& path);

// The file's bytes. Throws std::runtime_error.
std::vector<unsigned char> read_whole(const std::string& path);

// Throws std::runtime_error: the file ends too early, or this library cannot read it.
[[noreturn]] void reject_picture(const std::string& library, bool is_cut);

inline constexpr std::int64_t kMostPixels = std::int64_t{1} << 30;  // of a picture, as in OpenCV

// As the detector takes it; valid as long as the picture.
vision::ImageView view_of(const cv::Mat& pixels, vision::Orientation orientation = vision::Orientation::kUp);

// The orientation that EXIF data (a TIFF header and its first directory) names; up where it names none.
vision::Orientation orientation_of(std::string_view exif);

// Turned as its EXIF orientation says.
cv::Mat upright(const Picture& picture);

// The extension to write a result with: the source's own where it can be written, or .png.
std::string picture_extension(const std::string& source);

// Writes it whole or not at all, even if the power fails. Throws support::Failure (kOutput).
void write_picture(const cv::Mat& picture, const std::string& path);

// The same of a file's bytes. hint: what to do where that fails.
void write_whole(const std::string& path, const std::vector<unsigned char>& bytes, const std::string& hint);

// Makes the folder where it is missing. Throws support::Failure (kOutput) when it cannot be written to.
void prepare_output_folder(const std::string& folder);

// --- codecs.cpp: JPEG and PNG by the libraries that OpenCV uses for them, and as it uses them: bit for bit the pixels
// of cv2.imread. OpenCV's own imgcodecs brings a hundred more libraries, 40 MB of memory, and 0.2 s at every start ---

// Throw std::runtime_error with the reason when the file is damaged.
Picture read_jpeg(const std::string& path);
Picture read_png(const std::string& path);

// Of BGR; PNG also of grey with 8 or 16 bits. Throw std::runtime_error.
inline constexpr int kJpegQuality = 95;  // of 100, as OpenCV has it
std::vector<unsigned char> encode_jpeg(const cv::Mat& picture, int quality = kJpegQuality);
std::vector<unsigned char> encode_png(const cv::Mat& picture);

// --- webp.cpp: OpenCV decodes the pixels, but before 4.12 it knows neither EXIF nor animations in such files ---

// Of an animation the first picture. Throws std::runtime_error with the reason.
Picture read_webp(const std::string& path);

}  // namespace app
