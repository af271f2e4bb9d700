// Hands frames from the thread that captures to the one that infers: always the newest, never a queue.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace app {

// Frames are swapped in and out, so that their memory is used again.
template <typename Frame>
class NewestFrame {
 public:
  // Leaves an older frame's memory in `frame`, to be written anew.
  void publish(Frame& frame) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::swap(frame, newest_);
    if (is_new_) ++skipped_;
    is_new_ = true;
    changed_.notify_one();
  }

  // No more frames will come.
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }

  // Waits for a frame that was not taken yet; false when none came in time, or none will come.
  bool take(Frame& frame, std::chrono::milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return is_new_ || closed_; });
    if (!is_new_) return false;
    std::swap(frame, newest_);
    is_new_ = false;
    return true;
  }

  // Whether no frame is left, and none will come.
  bool is_done() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return closed_ && !is_new_;
  }

  // How many frames were replaced by newer ones before anyone took them.
  int skipped() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return skipped_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Frame newest_{};
  bool is_new_ = false;
  bool closed_ = false;
  int skipped_ = 0;
};

}  // namespace app
