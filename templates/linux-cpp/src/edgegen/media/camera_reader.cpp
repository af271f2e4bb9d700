#include "media/camera_reader.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace media {
namespace {

constexpr double kUsualFramesPerSecond = 30;
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
  int skipped = 0;
  double frames_per_second = kUsualFramesPerSecond;
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

int CameraReader::skipped() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->skipped;
}

double CameraReader::frames_per_second() const {
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  return shared_->frames_per_second;
}

// An exception that leaves a thread would end the process.
void CameraReader::capture(const std::shared_ptr<Shared>& shared, const Open& open) try {
  Shared& my = *shared;
  const auto source = open();
  const double known = source->frames_per_second();
  std::unique_lock<std::mutex> lock(my.mutex);
  if (known > 0) my.frames_per_second = known;
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
    bool is_decoded = false;
    if (my.is_worth_decoding(now, now - interval_start)) {
      lock.unlock();
      is_decoded = source->retrieve(frame.pixels);
      lock.lock();
    }
    if (!is_decoded || my.is_new) ++my.skipped;
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
