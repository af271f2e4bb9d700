#include "app/pictures.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include "app/files.h"
#include "loaded/libraries.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr char kFallbackExtension[] = ".png";

constexpr char kOutputHint[] = "Make room, or choose another folder with --output";

[[noreturn]] void cannot_write(const std::string& path, const std::string& reason,
                               const std::string& hint = kOutputHint) {
  throw support::Failure(support::ExitCode::kOutput,
                         "cannot write " + support::printable(path) + ": " + reason + ". " + hint);
}

// Whether fsync failed because the file system has none, as some of networks.
bool has_no_fsync(int error) { return error == EINVAL || error == ENOTSUP || error == ENOSYS; }

// A full disk shows when the last buffer is written: every step counts, closing too.
bool write_all(const std::string& path, const std::vector<unsigned char>& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  bool ok = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  ok = ok && std::fflush(file) == 0;
  ok = ok && (fsync(fileno(file)) == 0 || has_no_fsync(errno));
  const int error = ok ? 0 : errno;
  ok = std::fclose(file) == 0 && ok;
  if (error != 0) errno = error;  // the first one's
  return ok;
}

std::vector<unsigned char> encode(const cv::Mat& picture, const std::string& path) {
  const FileKind kind = kind_of_name(path);
  if (kind == FileKind::kJpeg) return encode_jpeg(picture);
  if (kind == FileKind::kPng) return encode_png(picture);
  return loaded::picture_library().encode(picture, fs::path(path).extension().string());
}

}  // namespace

Picture read_picture(const std::string& path) {
  std::array<char, kHeadBytes> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  const std::string_view head(start.data(), static_cast<std::size_t>(file.gcount()));
  const FileKind kind = kind_of_content(head);
  if (kind == FileKind::kJpeg) return read_jpeg(path);
  if (kind == FileKind::kPng) return read_png(path);
  if (is_webp(head)) return read_webp(path);
  // Few systems' OpenCV reads these, and none turns them upright.
  if (const std::string_view format = heif_format(head); !format.empty()) {
    throw std::runtime_error("this app cannot read " + std::string(format) + ". Convert the picture to JPEG: " +
                             "`sudo apt install libheif-examples`, then `heif-convert FILE FILE.jpg`");
  }
  Picture picture;
  picture.pixels = loaded::picture_library().read(path);
  if (!picture.pixels.empty()) return picture;
  throw std::runtime_error("the picture is damaged, cut short, or of a kind that OpenCV cannot read");
}

std::vector<unsigned char> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  std::vector<unsigned char> bytes(error ? 0 : size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file || error) throw std::runtime_error("the file cannot be read");
  return bytes;
}

void reject_picture(const std::string& library, bool is_cut) {
  if (is_cut) throw std::runtime_error("the picture is cut short. Copy the file again");
  throw std::runtime_error("the picture is damaged, or of a kind that " + library + " cannot read");
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

cv::Mat upright(const Picture& picture) {
  cv::Mat turned = picture.pixels;
  if (is_turned_on_its_side(picture.orientation)) {
    turned = cv::Mat();
    cv::transpose(picture.pixels, turned);
  }
  // By orientation, from kUp on, and the same for those on their side: which order cv::flip turns round.
  constexpr int kNeither = 2, kColumns = 1, kRows = 0, kBoth = -1;
  constexpr int kFlips[] = {kNeither, kColumns, kBoth, kRows};
  const int flip = kFlips[(static_cast<int>(picture.orientation) - 1) % 4];
  if (flip == kNeither) return turned;
  cv::Mat flipped;
  cv::flip(turned, flipped, flip);
  return flipped;
}

std::string picture_extension(const std::string& source) {
  const std::string extension = fs::path(source).extension().string();
  const FileKind kind = kind_of_name(source);
  if (kind == FileKind::kJpeg || kind == FileKind::kPng) return extension;
  try {
    return !extension.empty() && loaded::picture_library().can_write(extension) ? extension : kFallbackExtension;
  } catch (const std::runtime_error&) {  // no such library: what was read is written by ours
    return kFallbackExtension;
  }
}

void write_picture(const cv::Mat& picture, const std::string& path) {
  std::vector<unsigned char> bytes;
  try {
    bytes = encode(picture, path);
  } catch (const std::exception& error) {
    cannot_write(path, error.what());
  }
  write_whole(path, bytes, kOutputHint);
}

void write_whole(const std::string& path, const std::vector<unsigned char>& bytes, const std::string& hint) {
  // Under another name first, and on the disk: after a power cut there is no half of a file.
  const std::string aside = path + ".part";
  const bool written = write_all(aside, bytes) && std::rename(aside.c_str(), path.c_str()) == 0;
  if (!written) {
    const std::string reason = std::strerror(errno);
    std::remove(aside.c_str());
    cannot_write(path, reason, hint);
  }
}

void prepare_output_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) cannot_write(folder, error.message());
  if (!fs::is_directory(folder, error)) cannot_write(folder, "it is not a folder");
  if (access(folder.c_str(), W_OK | X_OK) != 0) cannot_write(folder, std::strerror(errno));
}

}  // namespace app
