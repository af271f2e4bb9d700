#include "app/frames.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/imgproc.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

namespace fs = std::filesystem;
using Clock = CameraReader::Clock;

constexpr double kUsualFramesPerSecond = 30;
// Together less than the 100 ms that Ctrl-C may have to wait.
constexpr std::chrono::milliseconds kPatience(50), kLastPatience(30);

std::atomic<bool> left_behind{false};

constexpr std::uintmax_t kRoomToFinish = 16 << 20;  // bytes; a video's index is written at the end
constexpr long kFramesBetweenChecks = 30;
constexpr double kLongestStill = 60;  // seconds that a frame is shown at most

constexpr int kFramesToCompare = 60;
constexpr double kUneven = 0.25;  // of an interval
// Frames a second: no frame is further from its time than half of such an interval. Not of slow videos, as every frame
// would be written many times.
constexpr double kFineRate = 30, kMostRepeats = 4;
constexpr double kFinestRate = 60;

constexpr std::size_t kMostWaiting = 16;  // frames
constexpr std::size_t kFramesToMeasure = 10;
constexpr std::chrono::seconds kTimeToMeasure(1);

support::Failure cannot_write(const std::string& path, const std::string& reason) {
  return {support::ExitCode::kOutput, "cannot write " + support::printable(path) + ": " + reason};
}

bool has_room(const std::string& path) {
  std::error_code error;
  const fs::space_info space = fs::space(fs::absolute(path).parent_path(), error);
  return error || space.available >= kRoomToFinish;  // not every file system says
}

}  // namespace

struct CameraReader::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  Frame newest;
  bool is_new = false, ended = false, stop = false;
  std::exception_ptr problem;
  int skipped = 0;
  double frames_per_second = kUsualFramesPerSecond, frame_count = 0;
  // When the next frame will be asked for: now, or a while after the last one was taken.
  bool is_waited_for = false;
  Clock::time_point taken;
  Clock::duration busy{};

  // Whether it will be asked for before the next one is there. Decoding takes long, and a model is often slower than
  // the camera.
  bool is_worth_decoding(Clock::time_point now, Clock::duration interval) const {
    return is_waited_for || now + interval >= taken + busy;
  }
};

CameraReader::CameraReader(Open open, bool at_its_own_speed) : shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([shared = shared_, open = std::move(open), at_its_own_speed] {
    capture(shared, open, at_its_own_speed);
    const std::lock_guard<std::mutex> lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
  });
}

CameraReader::~CameraReader() {
  bool has_ended = false;
  {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    shared_->stop = true;
    shared_->changed.notify_all();
    has_ended = shared_->changed.wait_for(lock, kLastPatience, [this] { return shared_->ended; });
  }
  if (has_ended) {
    thread_.join();  // what the libraries keep for each thread goes before they do
  } else {
    left_behind = true;
    thread_.detach();
  }
}

bool CameraReader::is_left_behind() { return left_behind; }

bool CameraReader::take(Frame& frame) {
  Shared& my = *shared_;
  std::unique_lock<std::mutex> lock(my.mutex);
  const auto asked = Clock::now();
  if (!my.is_waited_for && my.taken != Clock::time_point()) my.busy = asked - my.taken;
  my.is_waited_for = true;
  my.changed.wait_for(lock, kPatience, [&my] { return my.is_new || my.ended; });
  if (!my.is_new) {
    if (my.problem) std::rethrow_exception(my.problem);
    return false;
  }
  std::swap(frame, my.newest);  // and the older frame's memory is used again
  my.is_new = my.is_waited_for = false;
  my.taken = Clock::now();
  return true;
}

bool CameraReader::is_done() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->ended && !shared_->is_new;
}

int CameraReader::skipped() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->skipped;
}

double CameraReader::frames_per_second() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->frames_per_second;
}

double CameraReader::frame_count() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->frame_count;
}

// Nothing may leave a thread, or the process ends: neither a full memory nor what a library throws.
void CameraReader::capture(const std::shared_ptr<Shared>& shared, const Open& open, bool at_its_own_speed) try {
  Shared& my = *shared;
  const auto source = open();
  const double said = source->frames_per_second();
  const double rate = said > 0 ? said : kUsualFramesPerSecond, frame_count = source->frame_count();
  std::unique_lock<std::mutex> lock(my.mutex);
  my.frames_per_second = rate;
  my.frame_count = frame_count;
  const auto start = Clock::now();
  auto last = start;
  Pauses pauses;
  std::chrono::duration<double> due(0);
  Frame frame;
  for (; !my.stop; ++frame.number) {
    lock.unlock();
    const bool there = source->grab();
    lock.lock();
    if (!there) return;
    if (at_its_own_speed) {
      frame.seconds = source->seconds();
      const double at = std::isfinite(frame.seconds) ? frame.seconds : static_cast<double>(frame.number) / rate;
      due = std::max(due, std::chrono::duration<double>(pauses.shorten(at, due.count())));
      my.changed.wait_until(lock, start + std::chrono::duration_cast<Clock::duration>(due), [&my] { return my.stop; });
    }
    const auto now = Clock::now();
    const auto interval = now - std::exchange(last, now);
    bool decoded = false;
    if (my.is_worth_decoding(now, interval)) {
      lock.unlock();
      decoded = source->retrieve(frame.pixels);  // a damaged one is passed over
      lock.lock();
    }
    if (!decoded || my.is_new) ++my.skipped;
    if (!decoded) continue;
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

std::string ribbon_camera_advice(const std::string& board_file) {
  std::string board;
  std::getline(std::ifstream(board_file), board);
  if (board.rfind("Raspberry Pi", 0) != 0) return "";
  return " A ribbon camera needs libcamera: --camera \"libcamerasrc ! video/x-raw,width=1280,height=720,format=NV12 ! "
         "videoconvert ! video/x-raw,format=BGR ! appsink\", see README.md";
}

double Pauses::shorten(double seconds, double shown) {
  cut_ = std::max(cut_, seconds - shown - kLongestStill);
  return seconds - cut_;
}

bool is_video_extension(const std::string& path) {
  static const std::set<std::string> kExtensions = {".mp4", ".m4v", ".mov", ".mkv", ".avi"};
  return kExtensions.count(loaded::lower_extension(path)) > 0;
}

bool read_frame(loaded::FrameSource& source, cv::Mat& frame, long& taken) {
  while (source.grab()) {
    ++taken;
    if (source.retrieve(frame)) return true;
    if (support::stop_requested()) return false;
  }
  return false;
}

double writing_rate(loaded::FrameSource& source) {
  const double known = source.frames_per_second();
  const double rate = known > 0 ? known : kUsualFramesPerSecond;
  double before = 0, shortest = kLongestStill, longest = 0;
  for (int i = 0; i < kFramesToCompare && source.grab(); ++i) {
    const double seconds = source.seconds(), interval = seconds - std::exchange(before, seconds);
    if (i == 0 || !(interval > 0)) continue;
    shortest = std::min(shortest, interval);
    longest = std::max(longest, interval);
  }
  const bool is_even = shortest * known > 1 - kUneven && longest * known < 1 + kUneven;
  if (longest == 0 || is_even) return rate;
  double fine = 1 / shortest;
  while (fine < kFineRate && 2 * fine <= kMostRepeats * rate) fine *= 2;
  return std::min(fine, std::max(rate, kFinestRate));
}

VideoFile::VideoFile(const std::string& path, double frames_per_second, cv::Size size)
    : path_(path), frames_per_second_(frames_per_second), size_(size) {
  std::signal(SIGPIPE, SIG_IGN);  // `--json | head` would end the process before the video is closed
  if (!has_room(path)) throw cannot_write(path, "the disk is full. Make room");
  sink_ = loaded::video_library().create_file(path, frames_per_second, size.width, size.height);
  if (!sink_) throw cannot_write(path, "it cannot be created. Is the folder there, and may you write to it?");
}

void VideoFile::write(const cv::Mat& frame, double seconds) {
  const double next = static_cast<double>(frames_) / frames_per_second_;
  const bool has_time = std::isfinite(seconds);
  const long place = has_time ? std::lround(pauses_.shorten(seconds, next) * frames_per_second_) : frames_;
  if (place + 1 < frames_) return;
  while (frames_ > 0 && frames_ < place && !support::stop_requested()) add(shown_);
  add(frame);
  frame.copyTo(shown_);
}

void VideoFile::add(const cv::Mat& frame) {
  if (frame.size() == size_) {
    sink_->write(frame);
  } else {
    cv::resize(frame, scaled_, size_);
    sink_->write(scaled_);
  }
  ++frames_;
  if (frames_ % kFramesBetweenChecks == 0 && !has_room(path_)) {
    finish();
    throw cannot_write(path_, "the disk is full. The video up to here can be played");
  }
}

void VideoFile::finish() {
  if (!sink_) return;
  sink_.reset();
  cv::Mat first;
  const auto again = loaded::video_library().open_file(path_);
  if (!again || !again->grab() || !again->retrieve(first)) {
    throw cannot_write(path_, "the video came out damaged. Is the disk full?");
  }
  const double count = again->frame_count();  // 0: not known
  if (count > 0 && count < static_cast<double>(frames_) * kWholeVideo) {
    std::cerr << "warning: " << support::printable(path_) << ": of " << support::how_many(frames_, "written frame")
              << " the file has " << support::fixed(count, 0) << ". Is the disk full?\n";
  }
}

Recorder::Recorder(const std::string& path, double most_frames_per_second)
    : path_(path), frames_per_second_(most_frames_per_second), thread_(&Recorder::run, this) {}

Recorder::~Recorder() {
  try {
    finish();
  } catch (...) {  // another exception is on its way, and says why the run ends
  }
}

void Recorder::write(const cv::Mat& frame, Clock::time_point time) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (problem_) std::rethrow_exception(problem_);
  if (waiting_.size() >= kMostWaiting) return;
  waiting_.push_back({frame.clone(), time});
  changed_.notify_one();
}

void Recorder::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_last_ = true;
    changed_.notify_one();
  }
  thread_.join();
  if (problem_) std::rethrow_exception(problem_);
  if (file_) file_->finish();
}

bool Recorder::has_measured() const {
  return is_last_ || file_ || waiting_.size() >= kFramesToMeasure ||
         (waiting_.size() > 1 && waiting_.back().time - waiting_.front().time >= kTimeToMeasure);
}

void Recorder::run() {
  try {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return is_last_ || (!waiting_.empty() && has_measured()); });
      if (waiting_.empty()) return;
      if (!file_) {
        start_ = waiting_.front().time;
        const double seconds = std::chrono::duration<double>(waiting_.back().time - start_).count();
        const double measured = seconds > 0 ? std::ceil(static_cast<double>(waiting_.size() - 1) / seconds) : 0;
        if (measured >= 1) frames_per_second_ = std::min(frames_per_second_, measured);
      }
      const Stamped next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      add(next);
      lock.lock();
    }
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    problem_ = std::current_exception();
  }
}

void Recorder::add(const Stamped& next) {
  if (!file_) file_.emplace(path_, frames_per_second_, next.frame.size());
  file_->write(next.frame, std::chrono::duration<double>(next.time - start_).count());
}

}  // namespace app
