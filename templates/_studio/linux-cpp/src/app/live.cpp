#include "app/live.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "app/pictures.h"
#include "page.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

constexpr int kQuality = 80;  // of JPEG, of 100
constexpr std::chrono::seconds kInterest(3), kPatience(1);

}  // namespace

LiveView::LiveView() : thread_(&LiveView::encode, this) {}

LiveView::~LiveView() {
  stop();
  thread_.join();
}

bool LiveView::wants_picture() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Clock::now() - asked_picture_ < kInterest;
}

bool LiveView::wants_text() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Clock::now() - asked_text_ < kInterest;
}

void LiveView::show(const cv::Mat* picture, const std::string& frame, const std::string& status) {
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

void LiveView::finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void LiveView::stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

// On a thread of its own: it takes as long as a small model.
void LiveView::encode() {
  cv::Mat own;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || is_new_; });
    if (stopped_) return;
    std::swap(own, waiting_);
    is_new_ = false;
    is_encoding_ = true;
    lock.unlock();
    loaded::Jpeg jpeg;
    try {
      jpeg = std::make_shared<const std::vector<unsigned char>>(encode_jpeg(own, kQuality));
    } catch (const std::exception&) {  // no memory: a later one may fit
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

loaded::Jpeg LiveView::picture(long& number) {
  std::unique_lock<std::mutex> lock(mutex_);
  asked_picture_ = Clock::now();
  // Who comes first gets no picture of long ago, when somebody looked last.
  const bool is_coming = is_new_ || is_encoding_;
  const bool is_fresh = finished_ ? !is_coming : asked_picture_ - encoded_ < kInterest;
  const long before = number < 0 && !is_fresh ? pictures_ : std::max(number, 0L);
  changed_.wait_for(lock, kPatience, [&] { return stopped_ || pictures_ > before; });
  if (stopped_ || pictures_ <= std::max(number, 0L)) return nullptr;
  number = pictures_;
  return jpeg_;
}

std::string LiveView::frame() { return newest(frame_); }
std::string LiveView::status() { return newest(status_); }

std::string LiveView::newest(const std::string& text) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto now = Clock::now();
  const bool is_fresh = now - std::exchange(asked_text_, now) < kInterest;
  if (!finished_ && (!is_fresh || texts_ == 0)) {
    changed_.wait_for(lock, kPatience, [&, before = texts_] { return stopped_ || finished_ || texts_ > before; });
  }
  return text;
}

Serving::Serving(const Address& address) {
  int problem = 0;
  try {
    server_ = loaded::server_library().serve(address.host, address.port, kPage, view_, problem);
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kOutput, error.what());
  }
  const bool has_colons = address.host.find(':') != std::string::npos;
  const std::string host = support::printable(has_colons ? "[" + address.host + "]" : address.host) + ":";
  if (!server_) {
    throw support::Failure(support::ExitCode::kOutput,
                           "cannot serve at " + host + std::to_string(address.port) + ": " +
                               (problem > 0 ? std::strerror(problem) : "there is no such address here") +
                               ". Give --serve another port or address");
  }
  std::cerr << "Look at http://" << host << server_->port() << "/ (Ctrl-C ends it)\n";
}

}  // namespace app
