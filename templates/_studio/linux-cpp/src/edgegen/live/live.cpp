#include "live/live.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "media/media.h"

namespace live {
namespace {

constexpr int kQuality = 80;  // of JPEG, of 100
constexpr std::chrono::seconds kInterest(3), kPatience(1);

}  // namespace

View::View() : thread_(&View::encode, this) {}

View::~View() {
  stop();
  thread_.join();
}

bool View::wants_picture() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Clock::now() - asked_picture_ < kInterest;
}

bool View::wants_text() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Clock::now() - asked_text_ < kInterest;
}

void View::show(const cv::Mat* picture, const std::string& frame, const std::string& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!frame.empty()) {
    frame_ = frame;
    status_ = status;
    ++texts_;
  }
  if (picture != nullptr) {
    picture->copyTo(waiting_);
    is_new_ = true;
  }
  changed_.notify_all();
}

void View::finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  has_finished_ = true;
  changed_.notify_all();
}

void View::stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  has_stopped_ = true;
  changed_.notify_all();
}

// On its own thread, because encoding takes as long as a small model.
void View::encode() {
  cv::Mat own;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return has_stopped_ || is_new_; });
    if (has_stopped_) return;
    std::swap(own, waiting_);
    is_new_ = false;
    is_encoding_ = true;
    lock.unlock();
    Jpeg jpeg;
    try {
      jpeg = std::make_shared<const std::vector<unsigned char>>(media::encode_jpeg(own, kQuality));
    } catch (const std::exception&) {  // no memory: a later frame may fit
    }
    lock.lock();
    is_encoding_ = false;
    if (!jpeg) continue;
    jpeg_ = jpeg;
    encoded_ = Clock::now();
    ++pictures_;
    changed_.notify_all();
  }
}

Jpeg View::picture(long& number) {
  std::unique_lock<std::mutex> lock(mutex_);
  asked_picture_ = Clock::now();
  // A new viewer does not get the picture of the last viewer, which may be old.
  const bool is_coming = is_new_ || is_encoding_;
  const bool is_fresh = has_finished_ ? !is_coming : asked_picture_ - encoded_ < kInterest;
  const long before = number < 0 && !is_fresh ? pictures_ : std::max(number, 0L);
  changed_.wait_for(lock, kPatience, [&] { return has_stopped_ || pictures_ > before; });
  if (has_stopped_ || pictures_ <= std::max(number, 0L)) return nullptr;
  number = pictures_;
  return jpeg_;
}

std::string View::frame() { return newest(frame_); }
std::string View::status() { return newest(status_); }

std::string View::newest(const std::string& text) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto now = Clock::now();
  const bool is_fresh = now - std::exchange(asked_text_, now) < kInterest;
  if (!has_finished_ && (!is_fresh || texts_ == 0)) {
    changed_.wait_for(lock, kPatience,
                      [&, before = texts_] { return has_stopped_ || has_finished_ || texts_ > before; });
  }
  return text;
}

}  // namespace live
