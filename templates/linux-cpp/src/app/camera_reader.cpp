#include "app/camera_reader.h"

#include <chrono>

#include "app/video_library.h"
#include "support/failure.h"
#include "support/text.h"
#include "video/camera_kind.h"

namespace app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kUsualFramesPerSecond = 30;
constexpr std::chrono::milliseconds kPatience(100);  // how long Ctrl-C may have to wait

std::string advice(video::CameraKind kind) {
  switch (kind) {
    case video::CameraKind::kDevice:
      return "Is it plugged in, free, and may you use it (group video)? `v4l2-ctl --list-devices` shows what is there";
    case video::CameraKind::kFile:
      return "There is no such video, or OpenCV cannot read it";
    case video::CameraKind::kAddress:
      return "Is the address right, and the camera on the network?";
    case video::CameraKind::kPipeline:
      return "Try it with `gst-launch-1.0`; it has to end in `videoconvert ! appsink`";
  }
  return "";
}

}  // namespace

CameraReader::CameraReader(const std::string& source, const video::CameraRequest& request)
    : is_file_(video::kind_of_camera(source) == video::CameraKind::kFile),
      source_(video_library().open_camera(source, request)) {
  if (!source_) {
    throw support::Failure(
        support::ExitCode::kCamera,
        "the camera " + support::printable(source) + " cannot be opened. " + advice(video::kind_of_camera(source)));
  }
  const double said = source_->frames_per_second();
  frames_per_second_ = said > 0 ? said : kUsualFramesPerSecond;
  thread_ = std::thread(&CameraReader::capture, this);
}

CameraReader::~CameraReader() {
  stop_ = true;
  thread_.join();
}

bool CameraReader::take(cv::Mat& frame) { return frames_.take(frame, kPatience); }

void CameraReader::capture() {
  const auto start = Clock::now();
  cv::Mat frame;
  for (double count = 0; !stop_ && source_->read(frame); ++count) {
    // A file is played at its own speed, as a camera would have shown it.
    if (is_file_) {
      std::this_thread::sleep_until(start + std::chrono::duration_cast<Clock::duration>(
                                                std::chrono::duration<double>(count / frames_per_second_)));
    }
    frames_.publish(frame);
  }
  frames_.close();
}

}  // namespace app
