#include "live/live.h"
#include "support/program.h"
#include "support/text.h"

#ifdef HAS_HTTPLIB
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <string_view>
#include <utility>

#include "page.h"

namespace live {
namespace {

using Clock = std::chrono::steady_clock;
using std::string_view_literals::operator""sv;

constexpr int kMostViewers = 8;
constexpr int kThreads = 64;      // one for each connection
constexpr int kPatience = 1;      // seconds until a request must be complete
constexpr int kLongestStall = 3;  // seconds in which a viewer reads nothing
constexpr std::chrono::seconds kLongestPicture(5);
constexpr int kStillAfter = 5;         // seconds without a new picture until the last one is sent again
constexpr std::size_t kMostBody = 64;  // bytes: requests have no body
constexpr std::size_t kPieceBytes = 1 << 14;

const httplib::Headers kHeaders = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"X-Content-Type-Options", "nosniff"}};

// The name in a Host header: lower case, without port, brackets and final dot.
std::string name_of(std::string host) {
  host = support::lowercase(std::move(host));
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && colon > 0 && (host.find(':') == colon || host[colon - 1] == ']')) {
    host.resize(colon);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

bool is_number(const std::string& name) {
  return name.find(':') != std::string::npos || name.find_first_not_of("0123456789.") == std::string::npos;
}

bool is_loopback(const std::string& name) {
  return name == "localhost" || name == "::1" || (is_number(name) && name.rfind("127.", 0) == 0);
}

// Whether no public site can have this name: it has no dot, is of a local network, or is this machine's own.
bool is_local(const std::string& name) {
  if (name.find('.') == std::string::npos) return true;
  for (const std::string_view suffix :
       {".local"sv, ".lan"sv, ".home"sv, ".internal"sv, ".home.arpa"sv, ".localdomain"sv}) {
    if (name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0) {
      return true;
    }
  }
  std::array<char, 256> own{};
  return gethostname(own.data(), own.size() - 1) == 0 && name == name_of(own.data());
}

// Rejects requests from public sites whose name was pointed to this machine (DNS rebinding).
bool is_allowed(const std::string& host, const std::string& address) {
  const std::string name = name_of(host), own = name_of(address);
  if (name.empty() || is_loopback(name) || name == own) return true;
  return !is_loopback(own) && (is_number(name) || is_local(name));
}

// A connection that watches the stream.
class Viewer {
 public:
  Viewer(View& view, std::atomic<int>& viewers) : view_(view), viewers_(viewers) { ++viewers_; }
  ~Viewer() { --viewers_; }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  // Sends the newest picture. Returns false if the viewer has left or is too slow.
  bool send_next(httplib::DataSink& sink) {
    const bool is_first = number_ < 0;
    Jpeg jpeg = view_.picture(number_);
    if (jpeg) {
      last_ = jpeg;
    } else {  // only a write shows that the viewer has left
      if (++waits_ % kStillAfter != 0 || !last_) return true;
      jpeg = last_;
    }
    // A browser shows a picture when the boundary behind it arrives.
    const std::string head = std::string(is_first ? "--frame\r\n" : "") +
                             "Content-Type: image/jpeg\r\nContent-Length: " + std::to_string(jpeg->size()) + "\r\n\r\n";
    const std::string mark = "\r\n--frame\r\n";
    const auto start = Clock::now();
    bool taken = sink.write(head.data(), head.size());
    for (std::size_t done = 0; taken && done < jpeg->size(); done += kPieceBytes) {
      const std::size_t bytes = std::min(kPieceBytes, jpeg->size() - done);
      taken = Clock::now() - start < kLongestPicture &&
              sink.write(reinterpret_cast<const char*>(jpeg->data()) + done, bytes);
    }
    return taken && sink.write(mark.data(), mark.size());
  }

 private:
  View& view_;
  std::atomic<int>& viewers_;
  long number_ = -1;
  int waits_ = 0;
  Jpeg last_;
};

}  // namespace

struct Server::Impl {
  explicit Impl(View& view) : view_(view) {
    server_.Get("/",
                [](const auto&, httplib::Response& answer) { answer.set_content(kPage, "text/html; charset=utf-8"); });
    server_.Get("/stream.mjpg", [this](const auto&, httplib::Response& answer) {
      const auto viewer = std::make_shared<Viewer>(view_, viewers_);
      if (viewers_ > kMostViewers) return refuse(answer, "too many viewers\n");
      answer.set_content_provider("multipart/x-mixed-replace; boundary=frame",
                                  [viewer](std::size_t, httplib::DataSink& sink) { return viewer->send_next(sink); });
    });
    server_.Get("/frame.jpg", [this](const auto&, httplib::Response& answer) {
      long number = -1;
      const Jpeg jpeg = view_.picture(number);
      if (!jpeg) return refuse(answer, "there is no picture yet\n");
      answer.set_content(reinterpret_cast<const char*>(jpeg->data()), jpeg->size(), "image/jpeg");
    });
    server_.Get("/frame.json", [this](const auto&, httplib::Response& answer) { send_json(answer, view_.frame()); });
    server_.Get("/status.json", [this](const auto&, httplib::Response& answer) { send_json(answer, view_.status()); });
    server_.set_default_headers(kHeaders);
    server_.set_keep_alive_max_count(1);
    server_.set_keep_alive_timeout(kPatience);
    server_.set_read_timeout(kPatience);
    server_.set_write_timeout(kLongestStall);
    server_.set_payload_max_length(kMostBody);
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    // Not SO_REUSEPORT: two programs would share a port.
    server_.set_socket_options([](auto socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
  }

  ~Impl() {
    view_.stop();
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  // Returns 0 or errno; -1: there is no such address.
  int listen(const std::string& address, int port) {
    // Uploads are rejected: the library would keep them in memory.
    server_.set_pre_routing_handler([address](const httplib::Request& request, httplib::Response& answer) {
      const bool is_known = is_allowed(request.get_header_value("Host"), address);
      const bool is_read = request.method == "GET" || request.method == "HEAD";
      if (is_known && is_read) return httplib::Server::HandlerResponse::Unhandled;
      answer.status = is_known ? 405 : 403;
      if (!is_known) answer.set_content("use this machine's address, or --serve NAME:PORT\n", "text/plain");
      answer.set_header("Connection", "close");
      return httplib::Server::HandlerResponse::Handled;
    });
    errno = 0;
    port_ = port != 0 ? port : server_.bind_to_any_port(address);
    if (port_ < 0 || (port != 0 && !server_.bind_to_port(address, port))) return errno != 0 ? errno : -1;
    thread_ = std::thread([this] {
      server_.listen_after_bind();
      ended_ = true;
    });
    while (!server_.is_running() && !ended_) std::this_thread::yield();  // before that, stop() has no effect
    return 0;
  }

  static void refuse(httplib::Response& answer, const char* reason) {
    answer.status = 503;
    answer.set_content(reason, "text/plain; charset=utf-8");
  }

  static void send_json(httplib::Response& answer, const std::string& json) {
    if (json.empty()) return refuse(answer, "there is no frame yet\n");
    answer.set_content(json, "application/json");
  }

  View& view_;
  std::atomic<int> viewers_{0};
  std::atomic<bool> ended_{false};
  int port_ = 0;
  httplib::Server server_;
  std::thread thread_;
};

Server::Server(View& view, const std::string& host, int port) : impl_(std::make_unique<Impl>(view)) {
  const int problem = impl_->listen(host, port);
  const bool has_colons = host.find(':') != std::string::npos;
  const std::string address = support::printable(has_colons ? "[" + host + "]" : host) + ":";
  if (problem != 0) {
    throw support::Failure(support::ExitCode::kOutput,
                           "cannot serve at " + address + std::to_string(port) + ": " +
                               (problem > 0 ? std::strerror(problem) : "there is no such address here") +
                               ". Give --serve another port or address");
  }
  std::cerr << "Look at http://" << address << impl_->port_ << "/ (Ctrl-C ends it)\n";
}

#else
namespace live {

struct Server::Impl {};

Server::Server(View&, const std::string&, int) {
  throw support::Failure(support::ExitCode::kOutput,
                         "this app was built without cpp-httplib. Install libcpp-httplib-dev and pkg-config, and build "
                         "again");
}
#endif

Server::~Server() = default;

}  // namespace live
