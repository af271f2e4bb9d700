// Standard output for results alone.
#pragma once

#include <string>

namespace app {

// While it lives, what libraries write to standard output goes to standard error instead (OpenCV, FFmpeg, GStreamer and
// Qt do so now and then): what comes out is what is written here.
class StandardOutput {
 public:
  StandardOutput();
  ~StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  // Throws support::Failure (kOutput) when not all of it could be written.
  void write(const std::string& text);

 private:
  int descriptor_;
};

}  // namespace app
