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

#include "media/library.h"
#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr char kPictures[] = " .bmp .jpeg .jpg .jp2 .png .ppm .tif .tiff .webp ";
constexpr int kJpegQuality = 95;  // of 100, OpenCV's default

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

bool is_picture(const std::string& path) { return has_extension(path, kPictures); }
bool can_encode(const std::string& path) { return has_extension(path, " .jpg .jpeg .png "); }

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

}  // namespace media
