#include "app/recorder.h"

#include "support/text.h"

namespace app {

Recorder::Recorder(const std::string& path, double frames_per_second)
    : path_(path), frames_per_second_(frames_per_second) {}

void Recorder::write(const cv::Mat& frame, Clock::time_point now) {
  if (!file_) {
    file_.emplace(path_, frames_per_second_, frame.size());
    start_ = now;
  }
  const double due = std::chrono::duration<double>(now - start_).count() * frames_per_second_ + 1;
  for (; written_ + 1 <= due; ++written_) file_->write(frame);
}

void Recorder::finish() {
  if (file_) file_->finish();
}

}  // namespace app
