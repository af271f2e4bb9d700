#include "media/media.h"

#include <algorithm>

#include "media/library.h"

namespace media {
namespace {

constexpr int kJpegQuality = 95;  // of 100, OpenCV's default

}  // namespace

bool can_encode(const std::string& path) { return has_extension(path, " .jpg .jpeg .png "); }

Picture read_picture(const std::string& path) {
  const Bytes file = read_file(path);
  const std::string_view head(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 8));
  if (head.substr(0, 3) == "\xFF\xD8\xFF") return decode_jpeg(file);
  if (head == "\x89PNG\r\n\x1A\n") return decode_png(file);
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  Picture picture;
  picture.pixels = library().decode(file, !is_webp(bytes));
  picture.orientation = orientation_of(exif_of_webp(bytes));
  if (!picture.pixels.empty()) return picture;
  fail_to_decode(path);
}

vision::ImageView view_of(const cv::Mat& picture) {
  return vision::bgr_view(picture.data, picture.cols, picture.rows, static_cast<std::ptrdiff_t>(picture.step));
}

void write_picture(const std::string& path, const cv::Mat& picture) {
  try {
    write_file(path, has_extension(path, " .jpg .jpeg ") ? encode_jpeg(picture, kJpegQuality) : encode_png(picture));
  } catch (const FileError& error) {
    fail_to_write(path, error.what());
  }
}

}  // namespace media
