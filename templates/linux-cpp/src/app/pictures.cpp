#include "app/pictures.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "support/failure.h"
#include "support/text.h"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr char kFallbackExtension[] = ".png";

[[noreturn]] void cannot_write(const std::string& path, const std::string& reason) {
  throw support::Failure(support::ExitCode::kOutput, "cannot write " + support::printable(path) + ": " + reason +
                                                         ". Make room, or choose another folder with --output");
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

}  // namespace

cv::Mat read_picture(const std::string& path) {
  cv::Mat picture;
  try {
    picture = cv::imread(path, cv::IMREAD_COLOR);
  } catch (const cv::Exception& error) {  // too many pixels, for one
    throw std::runtime_error("OpenCV cannot read this picture: " + error.err);
  }
  if (picture.empty()) throw std::runtime_error("the picture is damaged, or of a kind that OpenCV cannot read");
  return picture;
}

vision::ImageView view_of(const cv::Mat& picture) {
  return {picture.data, picture.cols, picture.rows, static_cast<std::ptrdiff_t>(picture.step),
          vision::PixelFormat::kBgr};
}

std::string picture_extension(const std::string& source) {
  const std::string extension = fs::path(source).extension().string();
  return !extension.empty() && cv::haveImageWriter("picture" + extension) ? extension : kFallbackExtension;
}

void write_picture(const cv::Mat& picture, const std::string& path) {
  std::vector<unsigned char> bytes;
  try {
    if (!cv::imencode(fs::path(path).extension().string(), picture, bytes))
      cannot_write(path, "OpenCV cannot encode it");
  } catch (const cv::Exception& error) {
    cannot_write(path, "OpenCV cannot encode it: " + error.err);
  }
  // Beside its place first: nobody finds half a picture.
  const std::string aside = path + ".part";
  const bool written = write_all(aside, bytes) && std::rename(aside.c_str(), path.c_str()) == 0;
  if (!written) {
    const std::string reason = std::strerror(errno);
    std::remove(aside.c_str());
    cannot_write(path, reason);
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
