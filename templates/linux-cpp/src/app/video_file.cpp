#include "app/video_file.h"

#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <set>
#include <system_error>

#include "app/video_library.h"
#include "support/failure.h"
#include "support/text.h"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kRoomToFinish = 16 << 20;  // bytes; a video's index is written at the end
constexpr int kFramesBetweenChecks = 30;
// Some formats give their length as a time only, so the number of frames comes back rounded.
constexpr double kFramesThatMustBeThere = 0.9;

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
  sink_ = video_library().create_file(path, frames_per_second, size.width, size.height);
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
  const auto again = video_library().open_file(path_);
  if (again && again->read(first) && again->frame_count() >= frames_ * kFramesThatMustBeThere) return;
  std::error_code ignored;
  fs::remove(path_, ignored);
  throw cannot_write(path_, "the video came out damaged. Is the disk full?");
}

}  // namespace app
