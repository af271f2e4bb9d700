#include "app/recorder.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
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

constexpr std::uintmax_t kRoomToFinish = 16 << 20;  // bytes; a video's index is written at the end
constexpr int kFramesBetweenChecks = 30;
// Some formats give their length as a time only, so the number of frames comes back rounded.
constexpr double kFramesThatMustBeThere = 0.9;

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

bool is_video_extension(const std::string& path) {
  static const std::set<std::string> kExtensions = {".mp4", ".m4v", ".mov", ".mkv", ".avi"};
  return kExtensions.count(fs::path(path).extension().string()) > 0;
}

VideoFile::VideoFile(const std::string& path, double frames_per_second, cv::Size size) : path_(path), size_(size) {
  if (!has_room(path)) throw cannot_write(path, "the disk is full. Make room");
  sink_ = loaded::video_library().create_file(path, frames_per_second, size.width, size.height);
  if (!sink_) throw cannot_write(path, "it cannot be created. Is the folder there, and may you write to it?");
}

void VideoFile::write(const cv::Mat& frame) {
  if (frame.size() == size_) {
    sink_->write(frame);
  } else {
    cv::resize(frame, scaled_, size_);
    sink_->write(scaled_);
  }
  frames_ += 1;
  if (static_cast<long>(frames_) % kFramesBetweenChecks == 0 && !has_room(path_)) {
    finish();
    throw cannot_write(path_, "the disk is full. The video up to here can be played");
  }
}

void VideoFile::finish() {
  if (!sink_) return;
  sink_.reset();
  cv::Mat first;
  const auto again = loaded::video_library().open_file(path_);
  if (!again || !again->read(first)) throw cannot_write(path_, "the video came out damaged. Is the disk full?");
  const double count = again->frame_count();  // 0: not known
  if (count > 0 && count < frames_ * kFramesThatMustBeThere) {
    std::cerr << "warning: " << support::printable(path_) << " tells of " << support::fixed(count, 0) << " of the "
              << support::fixed(frames_, 0) << " frames that were written. Is the disk full?\n";
  }
}

Recorder::Recorder(const std::string& path, double most_frames_per_second)
    : path_(path), frames_per_second_(most_frames_per_second), thread_(&Recorder::run, this) {
  std::signal(SIGPIPE, SIG_IGN);  // `--json | head` would end the process before the video is closed
}

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
  const double seconds = std::chrono::duration<double>(next.time - start_).count();
  const long place = std::lround(seconds * frames_per_second_);
  if (place < written_) return;  // the frame before has taken its place
  for (; written_ < place; ++written_) file_->write(shown_);
  file_->write(next.frame);
  ++written_;
  shown_ = next.frame;
}

}  // namespace app
