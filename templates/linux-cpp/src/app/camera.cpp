#include "app/camera.h"

#include <chrono>
#include <deque>
#include <filesystem>
#include <iostream>
#include <optional>

#include "app/camera_reader.h"
#include "app/drawing.h"
#include "app/pictures.h"
#include "app/recorder.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "app/text_report.h"
#include "app/video_library.h"
#include "app_model.h"
#include "detector/detector.h"
#include "detector/threads.h"
#include "support/failure.h"
#include "support/text.h"
#include "video/camera_kind.h"

namespace app {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::chrono::seconds kRateWindow(1);
constexpr std::chrono::seconds kLineInterval(1);

// Frames per second over the last second.
class FrameRate {
 public:
  void count(Clock::time_point now) {
    times_.push_back(now);
    while (times_.front() < now - kRateWindow) times_.pop_front();
  }
  double value() const {
    if (times_.size() < 2) return 0;
    return static_cast<double>(times_.size() - 1) / duration<double>(times_.back() - times_.front()).count();
  }

 private:
  std::deque<Clock::time_point> times_;
};

std::unique_ptr<video::Window> open_window(const Options& options) {
  if (options.headless) return nullptr;
  if (!video_library().can_open_window()) {
    std::cerr << "There is no screen to open a window on: going on as with --headless.\n";
    return nullptr;
  }
  return video_library().open_window(support::printable(kModel.app_name));
}

void check_recording(const Options& options) {
  if (options.record.empty()) return;
  if (!is_video_extension(options.record)) {
    throw support::Failure(support::ExitCode::kUsage, "--record is " + support::printable(options.record) +
                                                          ", but must end in .mp4, .mkv or .avi");
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(options.record, options.camera, ignored)) {
    throw support::Failure(support::ExitCode::kUsage, "--record would write over the video that --camera reads");
  }
}

std::string rate_text(double rate) { return support::fixed(rate, 1) + " frames/s"; }

// A GStreamer pipeline gives what its end takes: OpenCV converts nothing there.
void check_format(const cv::Mat& frame) {
  if (frame.type() == CV_8UC3) return;
  throw support::Failure(support::ExitCode::kCamera,
                         "the camera gives pixels of " + std::to_string(frame.channels()) + " x " +
                             std::to_string(8 * frame.elemSize1()) +
                             " bits, but has to give BGR, 3 x 8. Let the pipeline end in `videoconvert ! "
                             "video/x-raw,format=BGR ! appsink`");
}

video::Library& library_for_cameras() {
  try {
    return video_library();
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kCamera, error.what());
  }
}

}  // namespace

int run_camera(const Options& options, const std::string& model_path) {
  check_recording(options);
  library_for_cameras();
  const auto window = open_window(options);  // before any thread: it is tried in a copy of this process
  if (options.threads > 0) detector::set_threads(options.threads);
  detector::Detector detector(kModel, model_path, options.thresholds);
  CameraReader camera(options.camera, {options.width, options.height, options.frames_per_second});
  std::optional<Recorder> recorder;
  if (!options.record.empty()) recorder.emplace(options.record, camera.frames_per_second());
  StandardOutput output;

  const auto start = Clock::now();
  auto next_line = start + kLineInterval;
  FrameRate rate;
  int frames = 0;
  bool closed = false;
  for (cv::Mat frame; !closed && !stop_requested();) {
    if (!camera.take(frame)) {
      if (camera.is_done()) break;
      continue;
    }
    check_format(frame);
    const vision::Result& result = detector.detect(view_of(frame));
    const auto now = Clock::now();
    rate.count(now);
    ++frames;
    if (window || recorder) {
      draw_detections(frame, result.boxes);
      draw_caption(frame, rate_text(rate.value()));
    }
    if (recorder) recorder->write(frame, now);
    if (window) closed = !window->show(frame);
    if (!window && now >= next_line) {
      next_line = now + kLineInterval;
      output.write(rate_text(rate.value()) + ", " + support::fixed(result.timing.total(), 1) + " ms, " +
                   counts_text(result.boxes) + "\n");
    }
  }
  const double seconds = duration<double>(Clock::now() - start).count();
  if (recorder) recorder->finish();
  // A file or a stream may end; a device may not.
  const bool ended = !closed && !stop_requested();
  if (ended && (frames == 0 || video::kind_of_camera(options.camera) == video::CameraKind::kDevice)) {
    throw support::Failure(support::ExitCode::kCamera,
                           "the camera " + support::printable(options.camera) + " gave " +
                               (frames == 0 ? "no frame" : "no more frames after " + std::to_string(frames)) +
                               ". Is it still plugged in?");
  }
  output.write(std::to_string(frames) + " frames in " + support::fixed(seconds, 1) + " s (" +
               rate_text(frames / seconds) + "), " + std::to_string(camera.skipped()) + " skipped\n");
  return 0;
}

}  // namespace app
