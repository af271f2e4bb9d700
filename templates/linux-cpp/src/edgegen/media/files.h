// The files that the app reads, and the names of its results.
#pragma once

#include <opencv2/core/mat.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "vision/result.h"

namespace media {

// A file that cannot be read. The program continues with the next one.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Returns the files, with each folder replaced by the pictures and videos in it, sorted by name.
std::vector<std::string> list_files(const std::vector<std::string>& files_and_folders);
bool is_video(const std::string& path);  // by its extension

// Returns whether a path has one of these extensions in any case. extensions: " .jpg .png ".
bool has_extension(const std::string& path, const std::string& extensions);

// Returns a new file name in the folder, which is created. Never the name of an input or an earlier result.
class OutputNames {
 public:
  OutputNames(std::string folder, std::vector<std::string> inputs);
  std::string next(const std::string& input, std::string extension);  // empty: the input's, or .png

 private:
  std::string folder_;
  std::vector<std::string> taken_;
};

// Writes a class map (8 bits) or a depth map (16 bits) as PNG. Throws support::Failure (kOutput).
void write_map(const std::string& path, const vision::Result& result);

// --- defined in media.cpp ---

bool is_picture(const std::string& path);  // whether a folder's file is a picture
bool can_encode(const std::string& path);  // whether write_picture has the format of this extension
void write_picture(const std::string& path, const cv::Mat& picture);  // throws support::Failure (kOutput)

}  // namespace media
