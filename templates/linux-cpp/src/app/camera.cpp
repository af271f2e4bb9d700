#include <chrono>
#include <deque>
#include <filesystem>
#include <iostream>
#include <optional>

#include "app/draw.h"
#include "app/frames.h"
#include "app/options.h"
#include "app/pictures.h"
#include "app/report.h"
#include "app/stream.h"
#include "detector/detector.h"
#include "detector/runtime.h"
#include "support/program.h"
#include "support/text.h"

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

std::unique_ptr<loaded::Window> open_window(const Options& options) {
  if (options.headless) return nullptr;
  if (!loaded::video_library().can_open_window()) {
    std::cerr << "There is no screen to open a window on: going on as with --headless.\n";
    return nullptr;
  }
  return loaded::video_library().open_window(support::printable(kModel.app_name));
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

std::string advice(loaded::CameraKind kind) {
  switch (kind) {
    case loaded::CameraKind::kDevice:
      return "Is it plugged in, free, and may you use it (group video)? `v4l2-ctl --list-devices` shows what is there";
    case loaded::CameraKind::kFile:
      return "There is no such video, or OpenCV cannot read it";
    case loaded::CameraKind::kAddress:
      return "Is the address right, and the camera on the network?";
    case loaded::CameraKind::kPipeline:
      return "Try it with `gst-launch-1.0`; it has to end in `videoconvert ! video/x-raw,format=BGR ! appsink`";
  }
  return "";
}

std::unique_ptr<loaded::FrameSource> open_camera(const std::string& source, const loaded::CameraRequest& request) {
  auto opened = loaded::video_library().open_camera(source, request);
  if (opened) return opened;
  throw support::Failure(
      support::ExitCode::kCamera,
      "the camera " + support::printable(source) + " cannot be opened. " + advice(loaded::kind_of_camera(source)));
}

void load_library() {
  try {
    loaded::video_library();
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kCamera, error.what());
  }
}

// A camera takes the nearest size that it knows.
void check_size(const Options& options, const cv::Mat& frame) {
  const auto differs = [](int asked, int given) { return asked > 0 && asked != given; };
  if (!differs(options.width, frame.cols) && !differs(options.height, frame.rows)) return;
  const auto text = [](int pixels) { return pixels > 0 ? std::to_string(pixels) : std::string("any"); };
  std::cerr << "The camera gives " << frame.cols << " x " << frame.rows << ", not the " << text(options.width) << " x "
            << text(options.height) << " that it was asked for.\n";
}

}  // namespace

int run_camera(const Options& options, const std::string& model_path) {
  check_recording(options);
  load_library();
  const auto window = open_window(options);  // before any thread: it is tried in a copy of this process
  if (options.threads > 0) detector::set_threads(options.threads);
  detector::Detector detector(kModel, model_path, options.thresholds);
  Stream stream(options);
  const loaded::CameraKind kind = loaded::kind_of_camera(options.camera);
  const loaded::CameraRequest request{options.width, options.height, options.frames_per_second};
  CameraReader camera([source = options.camera, request] { return open_camera(source, request); },
                      kind == loaded::CameraKind::kFile);
  std::optional<Recorder> recorder;
  support::StandardOutput output;

  const auto start = Clock::now();
  auto next_line = start + kLineInterval;
  Clock::time_point first;
  FrameRate rate;
  int frames = 0;
  bool closed = false;
  vision::Result result;
  for (CameraReader::Frame frame; !closed && !support::stop_requested();) {
    if (!camera.take(frame)) {
      if (camera.is_done()) break;
      continue;
    }
    if (frames++ == 0) {
      check_format(frame.pixels);
      check_size(options, frame.pixels);
      first = frame.time;
      if (!options.record.empty()) recorder.emplace(options.record, camera.frames_per_second());
    }
    result = detector.detect(view_of(frame.pixels));
    stream.process(result);
    const auto now = Clock::now();
    rate.count(now);
    if (options.json) {
      const double seconds = kind == loaded::CameraKind::kFile
                                 ? static_cast<double>(frame.number) / camera.frames_per_second()
                                 : duration<double>(frame.time - first).count();
      output.write(frame_json(options.camera, frame.number, seconds, result, stream.json()));
    }
    if (window || recorder) {
      draw_result(frame.pixels, result);
      stream.draw(frame.pixels);
      draw_caption(frame.pixels, rate_text(rate.value()));
    }
    if (recorder) recorder->write(frame.pixels, frame.time);
    if (window) closed = !window->show(frame.pixels);
    if (!window && !options.json && now >= next_line) {
      next_line = now + kLineInterval;
      output.write(rate_text(rate.value()) + ", " + support::fixed(result.timing.total(), 1) + " ms, " +
                   counts_text(result) + stream.text() + "\n");
    }
  }
  const double seconds = duration<double>(Clock::now() - start).count();
  if (recorder) recorder->finish();
  // A file or a stream may end; a device may not.
  const bool ended = !closed && !support::stop_requested();
  if (ended && (frames == 0 || kind == loaded::CameraKind::kDevice)) {
    throw support::Failure(support::ExitCode::kCamera,
                           "the camera " + support::printable(options.camera) + " gave " +
                               (frames == 0 ? "no frame" : "no more frames after " + std::to_string(frames)) +
                               ". Is it still plugged in?");
  }
  if (!options.json) {
    output.write(std::to_string(frames) + " frames in " + support::fixed(seconds, 1) + " s (" +
                 rate_text(frames / seconds) + "), " + std::to_string(camera.skipped()) + " skipped" + stream.text() +
                 "\n");
  }
  return 0;
}

}  // namespace app
