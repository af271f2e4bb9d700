#include "media/window.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <opencv2/core/utility.hpp>
#include <opencv2/highgui.hpp>

namespace media {
namespace {

constexpr unsigned kTestTimeout = 10;  // seconds
constexpr int kEscape = 27;
constexpr double kSmallest = 640, kLargest = 1280;  // the window's longer side at first, in pixels

bool can_open_window() {
#ifdef __linux__
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) return false;
  // Qt ends a program that cannot reach the screen, so a child process tries first.
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    alarm(kTestTimeout);
    try {
      cv::namedWindow("test");
      cv::waitKey(1);
    } catch (const cv::Exception&) {  // an OpenCV without windows
      _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
#else
  return true;
#endif
}

}  // namespace

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
