#include "media/media.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string_view>

#include "media/camera.h"
#include "media/files.h"
#include "media/screen.h"
#include "support/program.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr double kNewWeight = 0.1;  // of the newest frame in the mean duration
constexpr int kEscape = 27;
constexpr double kSmallest = 640, kLargest = 1280;  // the window's longer side at first, in pixels

struct Jpeg {
  bool is_cut = false;    // it ends before its end marker: OpenCV would fill the rest of the picture with something
  std::string_view exif;  // from its TIFF header on
};

// Reads the markers of a JPEG. OpenCV 4.6 looks for EXIF in the first APP1 only, which may be XMP.
Jpeg parse_jpeg(std::string_view file) {
  constexpr unsigned char kStartOfScan = 0xDA, kApp1 = 0xE1;
  constexpr std::string_view kExif("Exif\0\0", 6);
  Jpeg jpeg;
  std::size_t place = 2;
  while (place + 4 <= file.size() && file[place] == '\xFF') {
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(file[place + offset]); };
    if (byte(1) == kStartOfScan) {
      jpeg.is_cut = file.find("\xFF\xD9", place) == std::string_view::npos;
      return jpeg;
    }
    const std::size_t size = byte(2) * std::size_t{256} + byte(3);
    const std::string_view content = file.substr(place + 4, size - 2);
    if (byte(1) == kApp1 && jpeg.exif.empty() && content.substr(0, kExif.size()) == kExif) {
      jpeg.exif = content.substr(kExif.size());
    }
    // A segment may contain a whole JPEG, for example a thumbnail. FF may be repeated before a marker.
    place += byte(1) == 0xFF ? 1 : 2 + size;
  }
  jpeg.is_cut = place + 4 > file.size();  // otherwise it is damaged: OpenCV decides
  return jpeg;
}

}  // namespace

bool can_encode(const std::string& path) { return cv::haveImageWriter(path); }

cv::Mat read_picture(const std::string& path) {
  const Bytes file = read_file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  const bool is_jpeg = bytes.substr(0, 3) == "\xFF\xD8\xFF";
  const Jpeg jpeg = is_jpeg ? parse_jpeg(bytes) : Jpeg();
  if (jpeg.is_cut) throw FileError("the picture is cut short. Copy the file again");
  const bool is_turned_here = is_jpeg || is_webp(bytes);  // OpenCV turns the others
  const int mode = is_turned_here ? cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION : cv::IMREAD_COLOR;
  cv::Mat picture;
  try {
    const support::SilentErrors silent;
    picture = cv::imdecode(file, mode);
  } catch (const cv::Exception&) {  // larger than OpenCV allows
  }
  if (picture.empty()) fail_to_decode(path);
  return is_turned_here ? upright(picture, orientation_of(is_jpeg ? jpeg.exif : exif_of_webp(bytes))) : picture;
}

void write_picture(const std::string& path, const cv::Mat& picture) {
  Bytes file;
  try {
    if (!cv::imencode(fs::path(path).extension().string(), picture, file)) file.clear();
  } catch (const cv::Exception&) {  // no encoder for this extension
    file.clear();
  }
  if (file.empty()) {
    throw support::Failure(support::ExitCode::kOutput,
                           "cannot write " + support::printable(path) +
                               ": OpenCV cannot encode this picture. Choose PNG, or a smaller picture");
  }
  write_file(path, file);
}

vision::ImageView view_of(const cv::Mat& picture) {
  return vision::bgr_view(picture.data, picture.cols, picture.rows, static_cast<std::ptrdiff_t>(picture.step));
}

double FrameRate::next() {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  seconds_ = seconds_ == 0 ? seconds : (1 - kNewWeight) * seconds_ + kNewWeight * seconds;
  return 1 / seconds_;
}

void VideoWriter::open(const std::string& path, double frames_per_second) {
  std::signal(SIGPIPE, SIG_IGN);  // `| head` would end the process before the video is closed
  path_ = path;
  frames_per_second_ = frames_per_second;
}

void VideoWriter::write(const cv::Mat& frame) {
  if (!writer_.isOpened() &&
      !writer_.open(path_, cv::VideoWriter::fourcc('m', 'p', '4', 'v'), frames_per_second_, frame.size())) {
    fail_to_write(path_);
  }
  writer_.write(frame);
}

bool VideoWriter::finish() {
  if (!writer_.isOpened()) return false;
  writer_.release();
  cv::Mat first;
  const auto written = open_video(path_);
  if (!written || !written->grab() || !written->retrieve(first)) fail_to_write(path_);
  return true;
}

Window::Window(std::string title) : title_(std::move(title)) {
  cv::namedWindow(title_, cv::WINDOW_NORMAL | cv::WINDOW_KEEPRATIO | cv::WINDOW_GUI_NORMAL);
}

void Window::add_slider(const std::string& name, double value) {
  cv::createTrackbar(name, title_, nullptr, 100);
  cv::setTrackbarPos(name, title_, cvRound(100 * value));
}

double Window::slider(const std::string& name) const { return cv::getTrackbarPos(name, title_) / 100.0; }

bool Window::show(const cv::Mat& picture, int milliseconds) {
  if (!has_size_) {
    const double side = std::max(picture.cols, picture.rows);
    const double scale = std::clamp(side, kSmallest, kLargest) / side;
    cv::resizeWindow(title_, cvRound(scale * picture.cols), cvRound(scale * picture.rows));
    has_size_ = true;
  }
  cv::imshow(title_, picture);
  bool is_closed = false;
  const int key = wait_key(title_, std::max(1, milliseconds), is_closed);
  if (is_closed || key == 'q' || key == kEscape) has_quit_ = true;
  return key >= 0;
}

}  // namespace media
