#include "loaded/frame_times.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

namespace loaded {
namespace {

constexpr std::uint64_t kMostIndexBytes = 64 << 20;
constexpr std::size_t kMostFrames = 10'000'000;  // four days at 30 frames a second
constexpr double kSameTime = 0.002;              // seconds

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(at, length)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::size_t count_at(std::string_view bytes, std::size_t at) {
  return bytes.size() >= at + 4 ? static_cast<std::size_t>(number_at(bytes, at, 4)) : 0;
}

struct Header {
  std::string_view type;
  std::uint64_t size = 0, head = 8;  // of the whole box, and of what comes before its content
};

// bytes: the first 16 of a box, or fewer at the end. rest: how many bytes there are from its beginning on.
std::optional<Header> read_header(std::string_view bytes, std::uint64_t rest) {
  if (bytes.size() < 8) return std::nullopt;
  Header header{bytes.substr(4, 4), number_at(bytes, 0, 4)};
  if (header.size == 0) header.size = rest;  // to the end
  if (header.size == 1 && bytes.size() == 16) header = {header.type, number_at(bytes, 8, 8), 16};
  return header.size >= header.head && header.size <= rest ? std::optional(header) : std::nullopt;
}

// The contents of all boxes of this type, which are directly in this one.
std::vector<std::string_view> boxes(std::string_view content, std::string_view type) {
  std::vector<std::string_view> found;
  while (const auto header = read_header(content.substr(0, 16), content.size())) {
    if (header->type == type) found.push_back(content.substr(header->head, header->size - header->head));
    content.remove_prefix(header->size);
  }
  return found;
}

std::string_view box(std::string_view content, std::string_view type) {
  const auto found = boxes(content, type);
  return found.empty() ? std::string_view() : found[0];
}

// The content of the file's moov box: what is known of all tracks.
std::string read_index(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::uint64_t rest = file ? static_cast<std::uint64_t>(file.tellg()) : 0, at = 0;
  while (rest > 0) {
    std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(rest, 16)), '\0');
    file.seekg(static_cast<std::streamoff>(at));
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    const auto header = file ? read_header(head, rest) : std::nullopt;
    if (!header) break;
    if (header->type == "moov" && header->size <= kMostIndexBytes) {
      std::string content(static_cast<std::size_t>(header->size - header->head), '\0');
      file.seekg(static_cast<std::streamoff>(at + header->head));
      file.read(content.data(), static_cast<std::streamsize>(content.size()));
      return file ? content : "";
    }
    at += header->size;
    rest -= header->size;
  }
  return "";
}

// In units of the track's own clock.
std::vector<std::int64_t> shown_at(std::string_view table) {
  std::vector<std::int64_t> times;
  const std::string_view durations = box(table, "stts"), delays = box(table, "ctts");
  std::int64_t now = 0;
  for (std::size_t i = 0; i < count_at(durations, 4) && durations.size() >= 16 + 8 * i; ++i) {
    const auto step = static_cast<std::int64_t>(number_at(durations, 12 + 8 * i, 4));
    const std::size_t frames = count_at(durations, 8 + 8 * i);
    if (frames > kMostFrames - times.size()) return {};
    for (std::size_t frame = 0; frame < frames; ++frame, now += step) times.push_back(now);
  }
  std::size_t next = 0;  // frame
  for (std::size_t i = 0; i < count_at(delays, 4) && delays.size() >= 16 + 8 * i; ++i) {
    const auto delay = static_cast<std::int32_t>(static_cast<std::uint32_t>(number_at(delays, 12 + 8 * i, 4)));
    const std::size_t end = next + std::min(count_at(delays, 8 + 8 * i), times.size() - next);
    for (; next < end; ++next) times[next] += delay;
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

std::vector<double> times_in_file(const std::string& path) {
  const std::string index = read_index(path);
  for (const std::string_view track : boxes(index, "trak")) {
    const std::string_view media = box(track, "mdia"), clock = box(media, "mdhd");
    const std::string_view handler = box(media, "hdlr");
    if (handler.size() < 12 || handler.substr(8, 4) != "vide") continue;
    const bool is_long = !clock.empty() && clock[0] == 1;
    const std::size_t ticks = count_at(clock, is_long ? 20 : 12);  // a second
    std::vector<double> seconds;
    if (ticks == 0) return seconds;
    const std::vector<std::int64_t> times = shown_at(box(box(media, "minf"), "stbl"));
    for (const std::int64_t time : times) {
      seconds.push_back(static_cast<double>(time - times[0]) / static_cast<double>(ticks));
    }
    return seconds;
  }
  return {};
}

void FrameTimes::add(double milliseconds) {
  const long number = count_++;
  if (number == 0) {
    first_ = milliseconds;
    return;
  }
  // Where the first frame has another time than 0, and the second no later one, it was the first that was wrong.
  if (number == 1 && milliseconds > 0 && milliseconds <= first_) first_ = 0;
  const double seconds = (milliseconds - first_) / 1000;
  const bool is_later = seconds > given_;
  if (is_later) given_ = seconds;
  last_ = is_later ? seconds : estimate();
}

double FrameTimes::estimate() {
  if (!has_read_) in_file_ = times_in_file(path_);
  has_read_ = true;
  const auto number = static_cast<std::size_t>(count_ - 1);
  if (number < in_file_.size() && std::abs(in_file_[number - 1] - last_) < kSameTime) return in_file_[number];
  if (last_ > 0) return last_ + last_ / static_cast<double>(number - 1);  // as the frames before, on average
  return rate_ > 0 ? static_cast<double>(number) / rate_ : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace loaded
