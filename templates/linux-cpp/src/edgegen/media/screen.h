// Tells whether there is a screen for a window, and whether the window is open.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/highgui.hpp>
#include <string>

namespace media {

// Returns the display that the user's session names; empty: it has none.
inline std::string display_name() {
  for (const char* variable : {"WAYLAND_DISPLAY", "DISPLAY"}) {
    const char* name = std::getenv(variable);
    if (name != nullptr && *name != '\0') return name;
  }
  return "";
}

// Qt ends a program that cannot reach the screen, so a child process tries first. Call it before the first thread
// starts.
inline bool can_open_window() {
#ifdef __linux__
  constexpr unsigned kTimeout = 10;  // seconds
  if (display_name().empty()) return false;
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    alarm(kTimeout);
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

// Returns whether the window is known to be open. GTK does not know whether a window is visible, but its other
// properties end with it.
inline bool is_open(const std::string& window) {
  try {
    const double visible = cv::getWindowProperty(window, cv::WND_PROP_VISIBLE);
    return visible > 0 || (visible < 0 && cv::getWindowProperty(window, cv::WND_PROP_AUTOSIZE) >= 0);
  } catch (const cv::Exception&) {  // there is no such window
    return false;
  }
}

// Waits for a key and returns it, or -1. is_closed: the user has closed the window meanwhile.
inline int wait_key(const std::string& window, int milliseconds, bool& is_closed) {
  const bool was_open = is_open(window);
  const int key = cv::waitKey(milliseconds);
  is_closed = was_open && !is_open(window);
  return key;
}

}  // namespace media
