// Makes items on a thread of its own, one ahead of the caller.
//
//   media::Producer<cv::Mat> pictures([&](cv::Mat& picture) { return camera.read(picture); });
//   while (pictures.next(picture)) show(picture);
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace media {

template <typename Item>
class Producer {
 public:
  // make fills an item and returns true; false: there are no more. It gets an older item, whose memory it may use.
  explicit Producer(std::function<bool(Item&)> make) : make_(std::move(make)), thread_([this] { run(); }) {}

  // Waits until `make` returns.
  ~Producer() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // Waits for the next item; false: there are no more. Throws what `make` threw, after the items before it.
  bool next(Item& item) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return is_full_ || has_ended_; });
    if (is_full_) {
      std::swap(item, slot_);
      is_full_ = false;
      changed_.notify_all();
      return true;
    }
    if (error_) std::rethrow_exception(error_);
    return false;
  }

 private:
  void run() {
    std::exception_ptr error;
    try {
      Item item;
      while (make_(item) && put(item)) continue;
    } catch (...) {  // an exception that leaves a thread would end the process
      error = std::current_exception();
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    error_ = error;
    has_ended_ = true;
    changed_.notify_all();
  }

  // Returns false if the caller wants no more items.
  bool put(Item& item) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !is_full_ || is_stopped_; });
    std::swap(item, slot_);
    is_full_ = true;
    changed_.notify_all();
    return !is_stopped_;
  }

  const std::function<bool(Item&)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Item slot_{};  // the one item between the threads
  bool is_full_ = false, has_ended_ = false, is_stopped_ = false;
  std::exception_ptr error_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace media
