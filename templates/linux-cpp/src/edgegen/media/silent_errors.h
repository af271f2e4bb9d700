// OpenCV and the libraries below it print lines about a damaged picture, which then also gets an error of the app.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace media {

constexpr char kUnreadablePicture[] =
    "the picture is damaged, or of a kind that OpenCV cannot read. Copy the file again, or convert it to JPEG or PNG";

// While it lives, nothing is printed to standard error.
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

}  // namespace media
