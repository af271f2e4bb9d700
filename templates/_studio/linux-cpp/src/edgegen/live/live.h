// Shows the newest frame in browsers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <string>
#include <thread>
#include <vector>

namespace live {

using Jpeg = std::shared_ptr<const std::vector<unsigned char>>;

// The newest frame. The app never waits for viewers: a slow viewer misses frames.
class View {
 public:
  View();
  ~View();

  // Whether a viewer asked within the last seconds. Otherwise there is no need to draw or to format a frame.
  bool wants_picture() const;
  bool wants_text() const;

  // Shows a frame. Null or empty: no viewer wants it.
  void show(const cv::Mat* picture, const std::string& frame, const std::string& status);
  void finish();  // the last frame was shown

  // For the server, from any thread. They wait up to a second for a newer frame than the caller has.
  Jpeg picture(long& number);  // number: of the picture that the caller has; becomes the new one's. Null: no newer one
  std::string frame();         // JSON; empty: there is no frame yet
  std::string status();
  void stop();  // ends all waiting

 private:
  using Clock = std::chrono::steady_clock;

  void encode();
  std::string newest(const std::string& text);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Clock::time_point asked_picture_, asked_text_, encoded_;
  bool has_stopped_ = false, has_finished_ = false;
  std::string frame_, status_;
  cv::Mat waiting_;  // for the encoder, if is_new_
  bool is_new_ = false, is_encoding_ = false;
  Jpeg jpeg_;
  long texts_ = 0, pictures_ = 0;  // shown; encoded
  std::thread thread_;             // last: it uses all of the above
};

// Serves the view's page, pictures and JSON while it exists.
class Server {
 public:
  // port 0: any that is free. Prints the address. Throws support::Failure (kOutput) if it cannot listen there.
  Server(View& view, const std::string& host, int port);
  ~Server();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace live
