#include "media/media.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/imgcodecs.hpp>
#include <system_error>

#include "media/csi.h"
#include "media/screen.h"
#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr double kNewWeight = 0.1;                      // of the newest frame in the mean duration
constexpr double kUsualRate = 30, kHighestRate = 1000;  // frames a second
constexpr int kEscape = 27;
constexpr double kSmallest = 640, kLargest = 1280;  // the window's longer side at first, in pixels

// libpng prints a line about a damaged file, which then also gets an error of this app.
class SilentErrors {
 public:
  SilentErrors() { dup2(nowhere_, STDERR_FILENO); }
  ~SilentErrors() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    close(nowhere_);
  }

 private:
  const int kept_ = dup(STDERR_FILENO), nowhere_ = open("/dev/null", O_WRONLY);
};

bool is_address(const std::string& camera) { return camera.find("://") != std::string::npos; }

}  // namespace

bool is_picture(const std::string& path) { return cv::haveImageReader(path); }
bool can_encode(const std::string& path) { return cv::haveImageWriter(path); }

cv::Mat read_picture(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) throw FileError("there is no such file");
  try {
    const SilentErrors silent;
    cv::Mat picture = cv::imread(path, cv::IMREAD_COLOR);
    if (!picture.empty()) return picture;
  } catch (const cv::Exception&) {  // larger than OpenCV allows
  }
  throw FileError("OpenCV cannot read this picture. Convert it to JPEG or PNG");
}

void write_picture(const std::string& path, const cv::Mat& picture) {
  try {
    if (cv::imwrite(path, picture)) return;
  } catch (const cv::Exception&) {  // no encoder for this extension
  }
  throw support::Failure(support::ExitCode::kOutput,
                         "cannot write " + support::printable(path) + ". Choose another folder with --output DIR");
}

vision::ImageView view_of(const cv::Mat& picture) {
  return {picture.data, picture.cols, picture.rows, static_cast<std::ptrdiff_t>(picture.step),
          vision::PixelFormat::kBgr};
}

bool FrameReader::open_stream(const std::string& source) {
  for (const int backend : {cv::CAP_FFMPEG, cv::CAP_GSTREAMER, cv::CAP_OPENCV_MJPEG}) {
    if (capture_.open(source, backend)) return true;
  }
  return false;
}

FrameReader FrameReader::open_video(const std::string& path) {
  FrameReader reader;
  cv::VideoCapture& capture = reader.capture_;
  if (!reader.open_stream(fs::absolute(path).string())) {  // FFmpeg takes "a:b" for an address
    throw FileError("OpenCV cannot read this video. Convert it to MP4 with H.264");
  }
  if (capture.getBackendName() != "FFMPEG") return reader;
  capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 1);
  // OpenCV 4.6 turns videos of phones the wrong way round.
  const int degrees = static_cast<int>(capture.get(cv::CAP_PROP_ORIENTATION_META));
  reader.is_upside_down_ = CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR == 6 && (degrees == 90 || degrees == 270);
  return reader;
}

FrameReader FrameReader::open_camera(const std::string& camera) {
  FrameReader reader;
  bool is_open = false;
  if (camera == kCsiName) {
    is_open = reader.capture_.open(csi_pipeline(), cv::CAP_GSTREAMER);
  } else {
    is_open = is_address(camera) ? reader.open_stream(camera) : reader.capture_.open(std::stoi(camera));
  }
  if (!is_open) {
    throw support::Failure(support::ExitCode::kCamera,
                           "camera " + support::printable(camera) + " cannot be opened. " + camera_advice(camera));
  }
  reader.capture_.set(cv::CAP_PROP_BUFFERSIZE, 1);  // the newest frame, not one that waited
  return reader;
}

std::string camera_advice(const std::string& camera) {
  if (camera == kCsiName) return kCsiAdvice;
  if (is_address(camera)) return "Is the address right, and the camera on the network?";
  return "Is it plugged in, used by another program, or is your user not in the group `video`? `v4l2-ctl "
         "--list-devices` lists the cameras";
}

bool FrameReader::read(cv::Mat& frame) {
  if (!capture_.read(frame) || frame.empty()) return false;
  if (is_upside_down_) cv::rotate(frame, frame, cv::ROTATE_180);
  return true;
}

double FrameReader::frames_per_second() const {
  const double rate = capture_.get(cv::CAP_PROP_FPS);
  return rate > 0 && rate <= kHighestRate ? rate : kUsualRate;
}

double FrameRate::next() {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  seconds_ = seconds_ == 0 ? seconds : (1 - kNewWeight) * seconds_ + kNewWeight * seconds;
  return 1 / seconds_;
}

void VideoWriter::open(const std::string& path, double frames_per_second) {
  path_ = path;
  frames_per_second_ = frames_per_second;
}

void VideoWriter::write(const cv::Mat& frame) {
  if (path_.empty()) return;
  if (!writer_.isOpened() &&
      !writer_.open(path_, cv::VideoWriter::fourcc('m', 'p', '4', 'v'), frames_per_second_, frame.size())) {
    throw support::Failure(support::ExitCode::kOutput,
                           "cannot write " + support::printable(path_) + ". Choose another folder with --output DIR");
  }
  writer_.write(frame);
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
  const int key = cv::waitKey(std::max(1, milliseconds));
  const bool is_closed = cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE) == 0;  // -1: unknown
  if (is_closed || key == 'q' || key == kEscape) has_quit_ = true;
  return key >= 0;
}

std::unique_ptr<Window> open_window(const std::string& title) {
  return can_open_window() ? std::make_unique<Window>(title) : nullptr;
}

}  // namespace media
