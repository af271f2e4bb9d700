#include "media/recorder.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <system_error>
#include <utility>

#include "media/files.h"
#include "support/program.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kRoomToFinish = 16 << 20;  // bytes; a video's index is written at the end
constexpr long kFramesBetweenChecks = 30;
constexpr double kLongestPause = 60;  // seconds
constexpr std::size_t kMostWaiting = 16, kFramesToMeasure = 10;
constexpr std::chrono::seconds kTimeToMeasure(1);

bool has_room(const std::string& path) {
  std::error_code error;
  const fs::space_info space = fs::space(fs::absolute(path).parent_path(), error);
  return error || space.available >= kRoomToFinish;  // some file systems do not say
}

}  // namespace

VideoWriter::VideoWriter(std::string path, double frames_per_second)
    : path_(std::move(path)), frames_per_second_(frames_per_second) {
  std::signal(SIGPIPE, SIG_IGN);  // `--json | head` would end the process before the video is closed
}

void VideoWriter::write(const cv::Mat& frame, double seconds) {
  if (!sink_) {
    if (!has_room(path_)) fail_to_write(path_, "the disk is full");
    size_ = frame.size();
    sink_ = library().create_file(path_, frames_per_second_, size_);
    if (!sink_) fail_to_write(path_);
  }
  const double place = std::isfinite(seconds) ? seconds * frames_per_second_ : static_cast<double>(frames_ + cut_);
  const auto longest = static_cast<long>(kLongestPause * frames_per_second_);
  cut_ = std::max(cut_, std::lround(place) - frames_ - longest);
  const long number = std::lround(place) - cut_;
  if (number + 1 < frames_) return;
  while (frames_ > 0 && frames_ < number && !support::stop_requested()) add(last_);
  add(frame);
  frame.copyTo(last_);
}

void VideoWriter::add(const cv::Mat& frame) {
  if (frame.size() == size_) {
    sink_->write(frame);
  } else {
    cv::resize(frame, scaled_, size_);
    sink_->write(scaled_);
  }
  ++frames_;
  if (frames_ % kFramesBetweenChecks == 0 && !has_room(path_)) {
    finish();
    fail_to_write(path_, "the disk is full. The video up to here can be played");
  }
}

void VideoWriter::finish() {
  if (!sink_) return;
  sink_.reset();
  cv::Mat first;
  const auto written = library().open_video(path_);
  if (!written || !written->grab() || !written->retrieve(first)) {
    fail_to_write(path_);
  }
}

Recorder::Recorder(std::string path, double highest_frames_per_second)
    : path_(std::move(path)), frames_per_second_(highest_frames_per_second), thread_(&Recorder::run, this) {}

Recorder::~Recorder() {
  try {
    finish();
  } catch (...) {  // another exception is on its way
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

void Recorder::run() try {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_last_ || (!waiting_.empty() && has_measured()); });
    if (waiting_.empty()) return;
    if (!file_) {
      start_ = waiting_.front().time;
      const double seconds = std::chrono::duration<double>(waiting_.back().time - start_).count();
      const double measured = seconds > 0 ? std::ceil(static_cast<double>(waiting_.size() - 1) / seconds) : 0;
      if (measured >= 1) frames_per_second_ = std::min(frames_per_second_, measured);
      file_.emplace(path_, frames_per_second_);
    }
    const Stamped next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    file_->write(next.frame, std::chrono::duration<double>(next.time - start_).count());
    lock.lock();
  }
} catch (...) {
  const std::lock_guard<std::mutex> lock(mutex_);
  problem_ = std::current_exception();
}

}  // namespace media
