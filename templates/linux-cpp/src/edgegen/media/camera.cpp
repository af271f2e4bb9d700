#include "media/camera.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

constexpr char kCsiName[] = "csi";
constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kMostDigits = 4;  // of an index

std::string advice(CameraKind kind) {
  switch (kind) {
    case CameraKind::kDevice:
      return "Is it plugged in, used by another program, or is your user not in the group `video`? `v4l2-ctl "
             "--list-devices` lists the cameras. A ribbon camera is `--camera csi`";
    case CameraKind::kCsi:
      return "It needs `sudo apt install gstreamer1.0-libcamera gstreamer1.0-plugins-base`, an OpenCV with GStreamer, "
             "and a ribbon camera that `rpicam-hello --list-cameras` lists";
    case CameraKind::kFile:
      return "OpenCV cannot read this video. Convert it to MP4 with H.264";
    case CameraKind::kAddress:
      return "Is the address right, and the camera on the network?";
    case CameraKind::kPipeline:
      return "Try it with `gst-launch-1.0`. It must end in `videoconvert ! video/x-raw,format=BGR ! appsink`";
  }
  return "";
}

// Returns what GStreamer says if it lacks an element of the pipeline; empty: it has all of them, or there is no
// GStreamer. Only OpenCV uses it, so it is not linked.
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

// A password may contain an unescaped slash or @, and a path may contain a login, so what is in doubt is left out.
std::string shown_address(const std::string& source) {
  const std::size_t begin = source.find("://") + 3;
  std::string rest = source.substr(begin);
  const std::size_t at = rest.rfind('@', rest.find_first_of("/?#"));
  if (at != kNone) rest.erase(0, at + 1);
  if (rest.find('@') != kNone) return source.substr(0, begin) + "...";
  const std::size_t query = rest.find_first_of("?#;&=");
  if (query == kNone) return source.substr(0, begin) + rest;
  const std::size_t slash = rest.rfind('/', query);
  return source.substr(0, begin) + rest.substr(0, slash == kNone ? 0 : slash + 1) + "...";
}

// Without words like location=rtsp://... and user-pw="two words".
std::string shown_pipeline(const std::string& source) {
  std::string shown, word;
  bool is_quoted = false;
  for (const char c : source + " ") {
    if (c == '"' || c == '\'') is_quoted = !is_quoted;
    if (c != ' ' || is_quoted) {
      word += c;
      continue;
    }
    if (!word.empty() && word.find('=') == kNone) shown += (shown.empty() ? "" : " ") + word;
    word.clear();
  }
  return shown;
}

}  // namespace

CameraKind kind_of_camera(const std::string& source) {
  if (source == kCsiName) return CameraKind::kCsi;
  const bool is_index = !source.empty() && source.size() <= kMostDigits &&
                        std::all_of(source.begin(), source.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::error_code ignored;
  if (is_index || source.rfind("/dev/", 0) == 0 || std::filesystem::is_character_file(source, ignored)) {
    return CameraKind::kDevice;
  }
  const std::size_t scheme = source.find("://"), blank = source.find_first_of(" !");
  if (scheme != kNone && scheme < blank) return CameraKind::kAddress;
  const bool is_pipeline = source.find('!') != kNone && !std::filesystem::exists(source, ignored);
  return is_pipeline ? CameraKind::kPipeline : CameraKind::kFile;
}

void check_camera(const std::string& source, bool takes_files) {
  const CameraKind kind = kind_of_camera(source);
  std::error_code ignored;
  const bool is_live = kind != CameraKind::kFile && kind != CameraKind::kPipeline;
  if (is_live || (takes_files && (kind == CameraKind::kPipeline || std::filesystem::exists(source, ignored)))) return;
  const std::string name = shown_address("://" + source).substr(3);  // it may lack only its rtsp://
  support::fail_usage(
      (takes_files ? "there is no camera or file " : "there is no camera ") + support::printable(name) +
      ". A camera is an index (0), a device (/dev/video0), csi" +
      (takes_files ? ", an address (rtsp://...), a file or a GStreamer pipeline" : " or an address (rtsp://...)"));
}

std::string shown_camera(const std::string& source) {
  const CameraKind kind = kind_of_camera(source);
  if (kind == CameraKind::kAddress) return shown_address(source);
  return kind == CameraKind::kPipeline ? shown_pipeline(source) : source;
}

// NV12 is named, because some cameras send grey pictures otherwise.
std::string csi_pipeline(const CameraRequest& request) {
  const std::string width = std::to_string(request.width > 0 ? request.width : 1280);
  const std::string height = std::to_string(request.height > 0 ? request.height : 720);
  const std::string rate = std::to_string(request.frames_per_second > 0 ? std::lround(request.frames_per_second) : 30);
  return "libcamerasrc ! video/x-raw,format=NV12,width=" + width + ",height=" + height + ",framerate=" + rate +
         "/1 ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false";
}

std::string opencv_name(const std::string& source, const CameraRequest& request) {
  const CameraKind kind = kind_of_camera(source);
  const std::string name = kind == CameraKind::kCsi ? csi_pipeline(request) : source;
  if (kind != CameraKind::kCsi && kind != CameraKind::kPipeline) return name;
  const std::string problem = missing_element(name);
  if (!problem.empty()) fail_camera(source, "cannot be opened (GStreamer: " + problem + ")");
  return name;
}

void fail_camera(const std::string& source, const std::string& problem) {
  throw support::Failure(support::ExitCode::kCamera, "the camera " + support::printable(shown_camera(source)) + " " +
                                                         problem + ". " + advice(kind_of_camera(source)));
}

// --- the reader ---

namespace {

// Together less than 100 ms: Ctrl-C ends the program without a noticeable delay.
constexpr std::chrono::milliseconds kPatience(50), kLastPatience(30);

constexpr std::chrono::seconds kLongestSilence(12);  // FFmpeg gives up after 10

std::atomic<bool> left_behind{false};

}  // namespace

struct CameraReader::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  Frame newest;
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

CameraReader::CameraReader(Open open) : shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([shared = shared_, open = std::move(open)] {
    capture(shared, open);
    const std::lock_guard<std::mutex> lock(shared->mutex);
    shared->has_ended = true;
    shared->changed.notify_all();
  });
}

CameraReader::~CameraReader() {
  bool has_ended = false;
  {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    shared_->stop = true;
    shared_->changed.notify_all();
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

bool CameraReader::take(Frame& frame) {
  Shared& my = *shared_;
  std::unique_lock<std::mutex> lock(my.mutex);
  if (!my.is_waited_for && my.taken != Clock::time_point()) my.busy = Clock::now() - my.taken;
  my.is_waited_for = true;
  my.changed.wait_for(lock, kPatience, [&my] { return my.is_new || my.has_ended; });
  if (!my.is_new) {
    if (my.problem) std::rethrow_exception(my.problem);
    return false;
  }
  std::swap(frame, my.newest);  // reuses the memory of the older frame
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

// An exception that leaves a thread would end the process.
void CameraReader::capture(const std::shared_ptr<Shared>& shared, const Open& open) try {
  Shared& my = *shared;
  const auto source = open();
  std::unique_lock<std::mutex> lock(my.mutex);
  auto last = Clock::now();
  Frame frame;
  for (; !my.stop; ++frame.number) {
    lock.unlock();
    const bool has_frame = source->grab();
    lock.lock();
    if (!has_frame) return;
    const auto now = Clock::now(), interval_start = std::exchange(last, now);
    my.heard = now;
    frame.seconds = source->seconds();
    if (!my.is_worth_decoding(now, now - interval_start)) continue;
    lock.unlock();
    const bool is_decoded = source->retrieve(frame.pixels);
    lock.lock();
    if (!is_decoded) continue;
    frame.time = now;
    const long number = frame.number;
    std::swap(frame, my.newest);
    frame.number = number;
    my.is_new = true;
    my.changed.notify_all();
  }
} catch (...) {
  const std::lock_guard<std::mutex> lock(shared->mutex);
  shared->problem = std::current_exception();
}

}  // namespace media
