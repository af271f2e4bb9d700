// A window on the screen, with sliders.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

namespace media {

class Window {
 public:
  explicit Window(std::string title);

  void add_slider(const std::string& name, double value);  // 0 to 1, shown in percent
  double slider(const std::string& name) const;

  // Shows the picture for some milliseconds, or until a key is pressed. Returns whether one was.
  bool show(const cv::Mat& picture, int milliseconds);
  bool has_quit() const { return has_quit_; }  // after q or Esc, or if the user closed the window

 private:
  std::string title_;
  bool has_size_ = false, has_quit_ = false;
};

// Returns null if there is no screen. Call it before the first thread starts, because it forks.
std::unique_ptr<Window> open_window(const std::string& title);

}  // namespace media
