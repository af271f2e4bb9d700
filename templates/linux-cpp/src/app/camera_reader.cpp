#include "app/camera_reader.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace app {
namespace {

using Clock = CameraReader::Clock;

constexpr double kUsualFramesPerSecond = 30;
// Together less than the 100 ms that Ctrl-C may have to wait.
constexpr std::chrono::milliseconds kPatience(50), kLastPatience(30);

std::atomic<bool> left_behind{false};

}  // namespace

struct CameraReader::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  Frame newest;
  bool is_new = false, ended = false, stop = false;
  std::exception_ptr problem;
  int skipped = 0;
  double frames_per_second = kUsualFramesPerSecond;
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

// Nothing may leave a thread, or the process ends: neither a full memory nor what a library throws.
void CameraReader::capture(const std::shared_ptr<Shared>& shared, const Open& open, bool at_its_own_speed) try {
  Shared& my = *shared;
  const auto source = open();
  const double said = source->frames_per_second();
  const double rate = said > 0 ? said : kUsualFramesPerSecond;
  std::unique_lock<std::mutex> lock(my.mutex);
  my.frames_per_second = rate;
  const auto start = Clock::now();
  auto last = start;
  Frame frame;
  for (; !my.stop; ++frame.number) {
    lock.unlock();
    const bool there = source->grab();
    lock.lock();
    if (!there) return;
    if (at_its_own_speed) {
      const std::chrono::duration<double> due(static_cast<double>(frame.number) / rate);
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

}  // namespace app
