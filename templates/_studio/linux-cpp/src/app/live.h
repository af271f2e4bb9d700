// The newest frame, for those who look on from elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <string>
#include <thread>

#include "app/options.h"
#include "loaded/libraries.h"

namespace app {

// What is shown here never waits for those who look: they get the newest, and what they are too slow for is gone.
class LiveView : public loaded::LiveSource {
 public:
  LiveView();
  ~LiveView() override;

  // Whether somebody asked a moment ago: what nobody looks at needs no drawing, and no telling.
  bool wants_picture() const;
  bool wants_text() const;

  // Together, since they are of one frame. Null, empty: as nobody wants it.
  void show(const cv::Mat* picture, const std::string& frame, const std::string& status);

  // From here on no newer frame is waited for.
  void finish();

  loaded::Jpeg picture(long& number) override;
  std::string frame() override;
  std::string status() override;
  void stop() override;

 private:
  using Clock = std::chrono::steady_clock;

  void encode();
  std::string newest(const std::string& text);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Clock::time_point asked_picture_, asked_text_;
  bool stopped_ = false, finished_ = false;
  std::string frame_, status_;
  long texts_ = 0;                             // that were shown
  cv::Mat waiting_;                            // to be encoded
  bool is_new_ = false, is_encoding_ = false;  // whether there is one
  loaded::Jpeg jpeg_;
  Clock::time_point encoded_;
  long pictures_ = 0;   // that were encoded
  std::thread thread_;  // last: it uses all of the above
};

// Shows it in browsers, as long as it lives.
class Serving {
 public:
  // Says where to look. Throws support::Failure (kOutput) when it cannot listen there.
  explicit Serving(const Address& address);
  LiveView& view() { return view_; }

 private:
  LiveView view_;
  std::unique_ptr<loaded::Server> server_;  // after the view: it goes first
};

}  // namespace app
