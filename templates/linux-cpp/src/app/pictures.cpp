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
constexpr std::size_t kSignatureBytes = 8;

constexpr char kOutputHint[] = "Make room, or choose another folder with --output";

[[noreturn]] void cannot_write(const std::string& path, const std::string& reason,
                               const std::string& hint = kOutputHint) {
  throw support::Failure(support::ExitCode::kOutput,
                         "cannot write " + support::printable(path) + ": " + reason + ". " + hint);
}

// A full disk shows when the last buffer is written: every step counts, closing too.
bool write_all(const std::string& path, const std::vector<unsigned char>& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  bool ok = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  ok = ok && std::fflush(file) == 0;
  const int error = errno;
  ok = std::fclose(file) == 0 && ok;
  if (!ok && error != 0) errno = error;
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
  std::array<char, kSignatureBytes> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const FileKind kind = kind_of_content({head.data(), static_cast<std::size_t>(file.gcount())});
  if (kind == FileKind::kJpeg) return read_jpeg(path);
  if (kind == FileKind::kPng) return read_png(path);
  Picture picture;
  picture.pixels = loaded::picture_library().read(path);
  if (picture.pixels.empty()) throw std::runtime_error("the picture is damaged, or of a kind that OpenCV cannot read");
  return picture;
}

vision::ImageView view_of(const cv::Mat& pixels, vision::Orientation orientation) {
  return {pixels.data, pixels.cols, pixels.rows, static_cast<std::ptrdiff_t>(pixels.step), vision::PixelFormat::kBgr,
          orientation};
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
  // Beside its place first: nobody finds half a file.
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
