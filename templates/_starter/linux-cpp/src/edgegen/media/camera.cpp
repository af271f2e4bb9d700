#include "media/camera.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <mutex>
#include <opencv2/core/utility.hpp>
#include <opencv2/videoio/registry.hpp>
#include <system_error>
#include <utility>

#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kMostDigits = 4;  // of an index

constexpr double kMostFramesPerSecond = 1000;  // a file that claims more is wrong
constexpr int kNetworkTimeout = 10000;         // milliseconds
constexpr int kDefaultWidth = 1280, kDefaultHeight = 720;
constexpr double kMostUsbBytes = 20e6, kBytesPerPixel = 2, kUsualFramesPerSecond = 30;  // USB 2, a second

// Together less than 100 ms: Ctrl-C ends the program without a noticeable delay.
constexpr std::chrono::milliseconds kPatience(50), kLastPatience(30);
constexpr std::chrono::seconds kLongestSilence(12);  // FFmpeg gives up after 10

std::atomic<bool> left_behind{false};

// --- what the text after --camera names ---

bool is_csi(const std::string& camera) { return camera == "csi"; }  // the ribbon camera of a Raspberry Pi

bool is_device(const std::string& camera) {
  const bool is_index = !camera.empty() && camera.size() <= kMostDigits &&
                        std::all_of(camera.begin(), camera.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::error_code ignored;
  return is_index || camera.rfind("/dev/", 0) == 0 || std::filesystem::is_character_file(camera, ignored);
}

bool is_address(const std::string& camera) {
  const std::size_t scheme = camera.find("://");
  return scheme != kNone && scheme < camera.find_first_of(" !");
}

std::string advice(const std::string& camera) {
  if (is_csi(camera)) {
    return "It needs `sudo apt install gstreamer1.0-libcamera gstreamer1.0-plugins-base`, an OpenCV with GStreamer, "
           "and "
           "a ribbon camera that `rpicam-hello --list-cameras` lists";
  }
  if (is_address(camera)) return "Is the address right, and the camera on the network?";
  return "Is it plugged in, used by another program, or is your user not in the group `video`? `v4l2-ctl "
         "--list-devices` lists the cameras. A ribbon camera is `--camera csi`";
}

// A password may contain an unescaped slash or @, and a path may contain a login, so what is in doubt is left out.
std::string shown_address(const std::string& address) {
  const std::size_t begin = address.find("://") + 3;
  std::string rest = address.substr(begin);
  const std::size_t at = rest.rfind('@', rest.find_first_of("/?#"));
  if (at != kNone) rest.erase(0, at + 1);
  if (rest.find('@') != kNone) return address.substr(0, begin) + "...";
  const std::size_t query = rest.find_first_of("?#;&=");
  if (query == kNone) return address.substr(0, begin) + rest;
  const std::size_t slash = rest.rfind('/', query);
  return address.substr(0, begin) + rest.substr(0, slash == kNone ? 0 : slash + 1) + "...";
}

// --- opening it ---

// Returns the pipeline of a ribbon camera. 0: 1280 x 720 with 30 frames a second. NV12 is named, because some cameras
// send grey pictures otherwise. appsink drops frames that are late.
std::string csi_pipeline(const CameraRequest& request) {
  const int width = request.width > 0 ? request.width : kDefaultWidth;
  const int height = request.height > 0 ? request.height : kDefaultHeight;
  const double rate = request.frames_per_second > 0 ? request.frames_per_second : kUsualFramesPerSecond;
  return "libcamerasrc ! video/x-raw,format=NV12,width=" + std::to_string(width) + ",height=" + std::to_string(height) +
         ",framerate=" + std::to_string(std::lround(rate)) +
         "/1 ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false";
}

// Returns what GStreamer says if it lacks an element of the pipeline, for which OpenCV would wait; empty: it has all of
// them, or there is no GStreamer. Only OpenCV uses it, so it is not linked.
std::string missing_element(const std::string& pipeline) {
  struct Error {
    std::uint32_t domain;
    int code;
    const char* message;
  };
  constexpr int kNoSuchElement = 1;
  void* const gstreamer = dlopen("libgstreamer-1.0.so.0", RTLD_NOW);
  if (gstreamer == nullptr) return "";
  const auto start = reinterpret_cast<int (*)(int*, char***, Error**)>(dlsym(gstreamer, "gst_init_check"));
  const auto parse = reinterpret_cast<void* (*)(const char*, Error**)>(dlsym(gstreamer, "gst_parse_launch"));
  const auto release = reinterpret_cast<void (*)(void*)>(dlsym(gstreamer, "gst_object_unref"));
  Error* error = nullptr;
  if (start(nullptr, nullptr, nullptr) == 0) return "";
  void* const parsed = parse(pipeline.c_str(), &error);
  if (parsed != nullptr) release(parsed);
  return error != nullptr && error->code == kNoSuchElement ? error->message : "";
}

bool has_ffmpeg() { return cv::videoio_registry::hasBackend(cv::CAP_FFMPEG); }

// Not CAP_ANY, which tries every driver and takes seconds. With FFmpeg, not GStreamer: it waits forever for the frames
// of some cut files.
std::vector<int> stream_backends() {
#ifdef __APPLE__
  constexpr int kOther = cv::CAP_AVFOUNDATION;
#else
  constexpr int kOther = cv::CAP_GSTREAMER;
#endif
  return {has_ffmpeg() ? cv::CAP_FFMPEG : kOther, cv::CAP_OPENCV_MJPEG};
}

// The rotation that makes the frames upright. OpenCV's own is wrong in 4.6 (it swaps 90 and 270 degrees) and off
// in 4.11.
std::optional<cv::RotateFlags> turn_for(cv::VideoCapture& capture) {
  if (capture.getBackendName() != "FFMPEG" || !capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0)) return std::nullopt;
  const bool is_swapped = cv::getVersionMajor() == 4 && cv::getVersionMinor() == 6;
  const int degrees = cvRound(capture.get(cv::CAP_PROP_ORIENTATION_META));
  if (degrees == 180) return cv::ROTATE_180;
  if (degrees != 90 && degrees != 270) return std::nullopt;
  return (degrees == 90) != is_swapped ? cv::ROTATE_90_CLOCKWISE : cv::ROTATE_90_COUNTERCLOCKWISE;
}

// Whether a USB camera must compress such frames.
bool needs_compression(const CameraRequest& wanted) {
  const double rate = wanted.frames_per_second > 0 ? wanted.frames_per_second : kUsualFramesPerSecond;
  return kBytesPerPixel * wanted.width * wanted.height * rate > kMostUsbBytes;
}

}  // namespace

void check_camera(const std::string& camera) {
  if (is_csi(camera) || is_device(camera) || is_address(camera)) return;
  const std::string name = shown_address("://" + camera).substr(3);  // it may lack only its rtsp://
  support::fail_usage("there is no camera " + support::printable(name) +
                      ". A camera is an index (0), a device (/dev/video0), csi or an address (rtsp://...)");
}

std::string shown_camera(const std::string& camera) { return is_address(camera) ? shown_address(camera) : camera; }

void fail_camera(const std::string& camera, const std::string& problem) {
  throw support::Failure(support::ExitCode::kCamera, "the camera " + support::printable(shown_camera(camera)) + " " +
                                                         problem + ". " + advice(camera));
}

bool Capture::open_video(const std::string& path) {
  // Absolute, or FFmpeg takes a name with a colon for an address.
  return open(std::filesystem::absolute(path).string(), stream_backends());
}

bool Capture::open_camera(const std::string& camera, const CameraRequest& request) {
  asked_ = request;
  if (is_address(camera)) return open_address(camera);
  if (!is_csi(camera)) return open_device(camera);
  const std::string pipeline = csi_pipeline(request), problem = missing_element(pipeline);
  if (!problem.empty()) fail_camera(camera, "cannot be opened (GStreamer: " + problem + ")");
  return open(pipeline, {cv::CAP_GSTREAMER});
}

bool Capture::open(const std::string& name, const std::vector<int>& backends, const std::vector<int>& parameters) {
  for (const int backend : backends) {
    if (!capture_.open(name, backend, parameters)) continue;
    turn_ = turn_for(capture_);
    return true;
  }
  return false;
}

// FFmpeg would wait for 30 s. Others take no time limits.
bool Capture::open_address(const std::string& address) {
  if (!has_ffmpeg()) return open(address, stream_backends());
  return open(address, {cv::CAP_FFMPEG},
              {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, kNetworkTimeout, cv::CAP_PROP_READ_TIMEOUT_MSEC, kNetworkTimeout});
}

// Through V4L2 on Linux: other drivers choose the largest raw format, which USB carries a few times a second.
bool Capture::open_device(const std::string& camera) {
#ifdef __linux__
  constexpr int kBackend = cv::CAP_V4L2;
#else
  constexpr int kBackend = cv::CAP_ANY;
#endif
  const bool is_path = camera.find('/') != std::string::npos;
  if (!(is_path ? open(camera, {kBackend}) : capture_.open(std::atoi(camera.c_str()), kBackend))) return false;
  if (asked_.width == 0 && asked_.height == 0) asked_.width = kDefaultWidth;
  if (asked_.width == 0) asked_.width = asked_.height * kDefaultWidth / kDefaultHeight;
  if (asked_.height == 0) asked_.height = asked_.width * kDefaultHeight / kDefaultWidth;
  // The device may refuse each: then it keeps what it had.
  if (needs_compression(asked_)) capture_.set(cv::CAP_PROP_FOURCC, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'));
  capture_.set(cv::CAP_PROP_FRAME_WIDTH, asked_.width);
  capture_.set(cv::CAP_PROP_FRAME_HEIGHT, asked_.height);
  if (asked_.frames_per_second > 0) capture_.set(cv::CAP_PROP_FPS, asked_.frames_per_second);
  return true;
}

// --- its frames ---

bool Capture::grab() {
  try {
    return capture_.grab();
  } catch (const cv::Exception&) {  // a damaged stream ends here
    return false;
  }
}

bool Capture::retrieve(cv::Mat& frame) {
  try {
    cv::Mat& stored = turn_ ? stored_ : frame;
    if (!capture_.retrieve(stored) || stored.empty()) return false;
    if (turn_) cv::rotate(stored, frame, *turn_);
    return true;
  } catch (const cv::Exception&) {
    return false;
  }
}

double Capture::frames_per_second() const {
  const double rate = capture_.get(cv::CAP_PROP_FPS);
  return rate > 0 && rate <= kMostFramesPerSecond ? rate : 0;
}

std::string Capture::refusal() const {
  const int width = cvRound(capture_.get(cv::CAP_PROP_FRAME_WIDTH));
  const int height = cvRound(capture_.get(cv::CAP_PROP_FRAME_HEIGHT));
  const double rate = frames_per_second();
  const bool is_other_rate = asked_.frames_per_second > 0 && std::abs(rate - asked_.frames_per_second) >= 0.5;
  const bool is_other_width = asked_.width > 0 && asked_.width != width;
  const bool is_other_height = asked_.height > 0 && asked_.height != height;
  if (!is_other_width && !is_other_height && !is_other_rate) return "";
  const std::string at_rate = rate > 0 ? " with " + std::to_string(cvRound(rate)) + " frames/s" : "";
  return "The camera does not take the size or the rate that was asked for. It gives " + std::to_string(width) + " x " +
         std::to_string(height) + at_rate + ".";
}

// --- the newest frame, read on another thread ---

struct CameraReader::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  cv::Mat newest;
  bool is_new = false, has_ended = false, stop = false;
  std::exception_ptr problem;
  Clock::time_point heard = Clock::now();  // when the last frame came
  // When the consumer asks for the next frame: now, or after the time that it needed for the last one.
  bool is_waited_for = false;
  Clock::time_point taken;
  Clock::duration busy{};

  // Decoding is slow, so only frames that the consumer may take are decoded.
  bool is_worth_decoding(Clock::time_point now, Clock::duration interval) const {
    return is_waited_for || now + interval >= taken + busy;
  }
};

CameraReader::CameraReader(std::function<std::unique_ptr<Capture>()> open) : shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([shared = shared_, open = std::move(open)] {
    std::exception_ptr problem;
    try {
      capture(*shared, open);
    } catch (...) {  // an exception that leaves a thread would end the process
      problem = std::current_exception();
    }
    const std::lock_guard<std::mutex> lock(shared->mutex);
    shared->problem = problem;
    shared->has_ended = true;
    shared->changed.notify_all();
  });
}

CameraReader::~CameraReader() {
  bool has_ended = false;
  {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    shared_->stop = true;
    has_ended = shared_->changed.wait_for(lock, kLastPatience, [this] { return shared_->has_ended; });
  }
  if (has_ended) {
    thread_.join();
  } else {
    left_behind = true;
    thread_.detach();
  }
}

bool CameraReader::is_left_behind() { return left_behind; }

bool CameraReader::take(cv::Mat& frame) {
  Shared& my = *shared_;
  std::unique_lock<std::mutex> lock(my.mutex);
  if (!my.is_waited_for && my.taken != Clock::time_point()) my.busy = Clock::now() - my.taken;
  my.is_waited_for = true;
  my.changed.wait_for(lock, kPatience, [&my] { return my.is_new || my.has_ended; });
  if (!my.is_new) {
    if (my.problem) std::rethrow_exception(my.problem);
    return false;
  }
  cv::swap(frame, my.newest);  // reuses the memory of the older frame
  my.is_new = my.is_waited_for = false;
  my.taken = Clock::now();
  return true;
}

bool CameraReader::is_done() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->has_ended && !shared_->is_new;
}

bool CameraReader::is_silent() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return Clock::now() - shared_->heard > kLongestSilence;
}

void CameraReader::capture(Shared& my, const std::function<std::unique_ptr<Capture>()>& open) {
  const auto camera = open();
  cv::Mat frame;
  auto last = Clock::now();
  while (true) {
    const bool has_frame = camera->grab();
    const auto now = Clock::now(), before = std::exchange(last, now);
    {
      const std::lock_guard<std::mutex> lock(my.mutex);
      if (!has_frame || my.stop) return;
      my.heard = now;
      if (!my.is_worth_decoding(now, now - before)) continue;
    }
    if (!camera->retrieve(frame)) continue;
    const std::lock_guard<std::mutex> lock(my.mutex);
    cv::swap(frame, my.newest);
    my.is_new = true;
    my.changed.notify_all();
  }
}

}  // namespace media
