#include "media/media.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <system_error>

#include "json/results.h"
#include "media/library.h"
#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr char kVideos[] = " .avi .gif .m4v .mkv .mov .mp4 .mpg .webm ";
constexpr char kPictures[] = " .bmp .jpeg .jpg .jp2 .png .ppm .tif .tiff .webp ";
constexpr int kJpegQuality = 95;  // of 100, OpenCV's default

bool has_extension(const std::string& path, const std::string& extensions) {
  const std::string extension = support::lowercase(fs::path(path).extension().string());
  return !extension.empty() && extensions.find(" " + extension + " ") != std::string::npos;
}

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored).string();
}

[[noreturn]] void cannot_write(const std::string& path, const std::string& reason) {
  throw support::Failure(support::ExitCode::kOutput, "cannot write " + support::printable(path) + ": " + reason +
                                                         ". Make room, or choose another place");
}

Bytes read_file(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) throw FileError("there is no such file");
  if (!fs::is_regular_file(path, error)) throw FileError("this is no file. A camera is --camera");
  Bytes bytes(fs::file_size(path, error));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file || error) throw FileError("the file cannot be read");
  return bytes;
}

}  // namespace

bool is_video(const std::string& path) { return has_extension(path, kVideos); }

std::vector<std::string> list_files(const std::vector<std::string>& files_and_folders) {
  std::vector<std::string> files;
  for (const std::string& each : files_and_folders) {
    std::error_code error;
    if (!fs::is_directory(each, error)) {
      files.push_back(each);
      continue;
    }
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(each, error)) {
      const std::string path = entry.path().string();
      if (entry.is_regular_file(error) && (is_video(path) || has_extension(path, kPictures))) found.push_back(path);
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Picture read_picture(const std::string& path) {
  const Bytes file = read_file(path);
  const std::string_view head(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 8));
  if (head.substr(0, 3) == "\xFF\xD8\xFF") return decode_jpeg(file);
  if (head == "\x89PNG\r\n\x1A\n") return decode_png(file);
  Picture picture;
  picture.pixels = library().decode(file);
  if (!picture.pixels.empty()) return picture;
  throw FileError("OpenCV cannot read this picture. Convert it to JPEG or PNG");
}

cv::Mat upright(const Picture& picture) {
  cv::Mat turned = picture.pixels;
  if (is_turned_on_its_side(picture.orientation)) {
    turned = cv::Mat();
    cv::transpose(picture.pixels, turned);
  }
  // What cv::flip does after that, by orientation from kUp on: nothing, columns, both, rows.
  constexpr int kNothing = 2;
  constexpr int kFlips[] = {kNothing, 1, -1, 0};
  const int flip = kFlips[(static_cast<int>(picture.orientation) - 1) % 4];
  if (flip == kNothing) return turned;
  cv::Mat flipped;
  cv::flip(turned, flipped, flip);
  return flipped;
}

vision::ImageView view_of(const cv::Mat& pixels, vision::Orientation orientation) {
  return {pixels.data, pixels.cols, pixels.rows, static_cast<std::ptrdiff_t>(pixels.step), vision::PixelFormat::kBgr,
          orientation};
}

vision::Orientation orientation_of(std::string_view exif) {
  constexpr std::size_t kEntryBytes = 12, kHeaderBytes = 8, kValueEnd = 10;  // of a number of 16 bits
  constexpr unsigned kTiff = 42, kOrientationTag = 0x0112;
  const bool little = exif.substr(0, 2) == "II";
  if (exif.size() < kHeaderBytes || (!little && exif.substr(0, 2) != "MM")) return vision::Orientation::kUp;
  const auto number = [&](std::size_t offset, std::size_t bytes) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < bytes && offset + i < exif.size(); ++i) {
      const std::size_t byte = static_cast<unsigned char>(exif[offset + i]);
      value |= byte << (8 * (little ? i : bytes - 1 - i));
    }
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (number(2, 2) != kTiff || directory > exif.size()) return vision::Orientation::kUp;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kValueEnd > exif.size()) break;
    const std::size_t value = number(entry + 8, 2);
    if (number(entry, 2) == kOrientationTag && value >= 1 && value <= 8) return static_cast<vision::Orientation>(value);
  }
  return vision::Orientation::kUp;
}

void write_picture(const std::string& path, const cv::Mat& picture) {
  try {
    write_file(path, has_extension(path, " .jpg .jpeg ") ? encode_jpeg(picture, kJpegQuality) : encode_png(picture));
  } catch (const FileError& error) {
    cannot_write(path, error.what());
  }
}

void write_map(const std::string& path, const vision::Result& result) {
  const json::Greys map = json::greys_of(result);
  cv::Mat values = cv::Mat(map.values, true).reshape(1, result.height);
  if (map.bits == 8) values.convertTo(values, CV_8U);
  write_picture(path, values);
}

void write_file(const std::string& path, const Bytes& bytes) {
  const std::string part = path + ".part";  // renamed at the end: no one sees half a file
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (file == nullptr) cannot_write(path, std::strerror(errno));
  bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  // On the disk before the rename, for a power cut. Some file systems of networks have no fsync.
  is_written =
      std::fflush(file) == 0 && (fsync(fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP) && is_written;
  is_written = std::fclose(file) == 0 && is_written;  // a full disk may show only here
  if (is_written && std::rename(part.c_str(), path.c_str()) == 0) return;
  const std::string reason = std::strerror(errno);
  std::remove(part.c_str());
  cannot_write(path, reason);
}

OutputNames::OutputNames(std::string folder, std::vector<std::string> inputs)
    : folder_(std::move(folder)), taken_(std::move(inputs)) {
  for (std::string& path : taken_) path = absolute(path);
  std::error_code error;
  if (!folder_.empty()) fs::create_directories(folder_, error);
  if (!folder_.empty() && access(folder_.c_str(), W_OK | X_OK) != 0) cannot_write(folder_, std::strerror(errno));
  if (!folder_.empty() && !fs::is_directory(folder_, error)) cannot_write(folder_, "it is not a folder");
}

std::string OutputNames::next(const std::string& input, std::string extension) {
  if (extension.empty()) {
    extension = has_extension(input, " .jpg .jpeg .png ") ? fs::path(input).extension().string() : ".png";
  }
  const fs::path stem = fs::path(folder_) / fs::path(input).stem();
  std::string path = stem.string() + extension;
  for (int number = 2; std::find(taken_.begin(), taken_.end(), absolute(path)) != taken_.end(); ++number) {
    path = stem.string() + "-" + std::to_string(number) + extension;
  }
  taken_.push_back(absolute(path));
  return path;
}

}  // namespace media
