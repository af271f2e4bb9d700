#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "app/draw.h"
#include "app/files.h"
#include "app/frames.h"
#include "app/hud.h"
#include "app/live.h"
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

constexpr std::chrono::seconds kLineInterval(1);
constexpr std::chrono::milliseconds kMoment(50);

// A window, and what is typed in it.
class Screen {
 public:
  Screen(std::unique_ptr<loaded::Window> window, bool& hud) : window_(std::move(window)), hud_(hud) {}

  // False when the user has closed it.
  bool show(cv::Mat& frame) {
    if (keys_) draw_panel(frame, {"h: hide the keys", "i: figures on, off", "q: end"}, Corner::kRight);
    if (!keys_ && hud_) draw_panel(frame, {"h: keys"}, Corner::kRight);
    int key = -1;
    const bool is_open = window_->show(frame, key);
    if (key == 'h') keys_ = !keys_;
    if (key == 'i') hud_ = !hud_;
    return is_open;
  }

 private:
  std::unique_ptr<loaded::Window> window_;
  bool& hud_;
  bool keys_ = false;
};

// One picture, as a camera that ends after it.
class Still : public loaded::FrameSource {
 public:
  explicit Still(const std::string& path) try : picture_(upright(read_picture(path))) {
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kSomeFailed, support::printable(path) + ": " + error.what());
  }
  bool grab() override { return !std::exchange(taken_, true); }
  bool retrieve(cv::Mat& frame) override {
    picture_.copyTo(frame);
    return true;
  }
  double frames_per_second() const override { return 0; }
  double frame_count() const override { return 1; }

 private:
  cv::Mat picture_;
  bool taken_ = false;
};

bool is_picture(const std::string& source) {
  const FileKind kind = kind_of_file(source);
  return loaded::kind_of_camera(source) == loaded::CameraKind::kFile && kind != FileKind::kVideo &&
         kind != FileKind::kUnknown;
}

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
  if (is_picture(source)) return std::make_unique<Still>(source);
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

// An address without the name and the password that may stand in it: for others to read.
std::string without_login(std::string source) {
  const std::size_t begin = source.find("://");
  if (begin == std::string::npos) return source;
  const std::size_t end = source.find_first_of("/?#", begin + 3);
  const std::size_t at = source.rfind('@', end);
  if (at != std::string::npos && at > begin) source.erase(begin + 3, at - begin - 2);
  return source;
}

}  // namespace

int run_camera(const Options& options, const std::string& model_path) {
  check_recording(options);
  const std::string name = without_login(options.camera);
  if (!is_picture(options.camera)) load_library();
  bool hud = options.hud;
  std::optional<Screen> screen;  // before any thread: it is tried in a copy of this process
  if (auto window = open_window(options)) screen.emplace(std::move(window), hud);
  std::optional<Serving> serving;
  if (options.serve) serving.emplace(*options.serve);
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
  Pace pace;
  int frames = 0;
  bool closed = false;
  vision::Result result;
  CameraReader::Frame frame;
  bool is_drawn = false;
  const auto draw = [&] {
    if (std::exchange(is_drawn, true)) return;
    stream.draw(frame.pixels, result);
    if (hud) draw_panel(frame.pixels, figures(pace, result), Corner::kLeft);
  };
  const auto json = [&] {
    const double seconds = kind == loaded::CameraKind::kFile
                               ? static_cast<double>(frame.number) / camera.frames_per_second()
                               : duration<double>(frame.time - first).count();
    return frame_json(name, frame.number, seconds, result, stream.json());
  };
  const auto serve = [&](bool picture, bool text, bool has_ended) {
    if (picture) draw();
    if (!picture && !text) return;
    const auto status = [&] { return status_json(name, pace.rate(), pace.timing(), result, has_ended, stream.json()); };
    serving->view().show(picture ? &frame.pixels : nullptr, text ? json() : "", text ? status() : "");
  };
  while (!closed && !support::stop_requested()) {
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
    pace.count(now, result.timing);
    is_drawn = false;
    if (options.json) output.write(json());
    if (screen || recorder) draw();
    if (recorder) recorder->write(frame.pixels, frame.time);
    if (serving) serve(serving->view().wants_picture(), serving->view().wants_text(), false);
    if (screen) closed = !screen->show(frame.pixels);
    if (!screen && !options.json && now >= next_line) {
      next_line = now + kLineInterval;
      output.write(rate_text(pace.rate()) + ", " + support::fixed(result.timing.total(), 1) + " ms, " +
                   counts_text(result) + stream.text() + "\n");
    }
  }
  const double seconds = duration<double>(Clock::now() - start).count();
  if (recorder) recorder->finish();
  // The last frame of a file stays.
  if (serving && frames > 0 && kind == loaded::CameraKind::kFile && !support::stop_requested()) {
    serve(true, true, true);
    serving->view().finish();
    while (!support::stop_requested()) std::this_thread::sleep_for(kMoment);
  }
  // A file or a stream may end; a device may not.
  const bool ended = !closed && !support::stop_requested();
  if (ended && (frames == 0 || kind == loaded::CameraKind::kDevice)) {
    throw support::Failure(support::ExitCode::kCamera,
                           "the camera " + support::printable(name) + " gave " +
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
