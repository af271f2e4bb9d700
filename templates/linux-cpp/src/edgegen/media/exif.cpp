#include "media/exif.h"

#include <opencv2/core.hpp>

namespace media {
namespace {

// Returns the number in these bytes. Bytes behind the end are 0.
std::size_t number_at(std::string_view data, std::size_t offset, std::size_t bytes, bool is_little) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < bytes && offset + i < data.size(); ++i) {
    const std::size_t byte = static_cast<unsigned char>(data[offset + i]);
    value |= byte << (8 * (is_little ? i : bytes - 1 - i));
  }
  return value;
}

}  // namespace

vision::Orientation orientation_of(std::string_view exif) {
  constexpr std::size_t kEntryBytes = 12, kHeaderBytes = 8, kValueEnd = 10;  // of a number of 16 bits
  constexpr unsigned kTiff = 42, kOrientationTag = 0x0112;
  const bool little = exif.substr(0, 2) == "II";
  if (exif.size() < kHeaderBytes || (!little && exif.substr(0, 2) != "MM")) return vision::Orientation::kUp;
  const auto number = [&](std::size_t offset, std::size_t bytes) { return number_at(exif, offset, bytes, little); };
  const std::size_t directory = number(4, 4);
  if (number(2, 2) != kTiff || directory > exif.size()) return vision::Orientation::kUp;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kValueEnd > exif.size()) break;
    const std::size_t value = number(entry + 8, 2);
    if (number(entry, 2) == kOrientationTag && value >= 1 && value <= 8) return static_cast<vision::Orientation>(value);
  }
  return vision::Orientation::kUp;
}

bool is_webp(std::string_view file) {
  return file.size() >= 12 && file.substr(0, 4) == "RIFF" && file.substr(8, 4) == "WEBP";
}

// Chunks: a name of 4 letters, 4 bytes with the size, and the content, which is filled up to an even size. The first
// chunk has flags.
std::string_view exif_of_webp(std::string_view file) {
  constexpr std::size_t kFirstChunk = 12, kFlags = 20, kHasExif = 8;
  const bool has_exif =
      is_webp(file) && file.substr(kFirstChunk, 4) == "VP8X" && (number_at(file, kFlags, 1, true) & kHasExif) != 0;
  if (!has_exif) return {};
  file = file.substr(0, 8 + number_at(file, 4, 4, true));
  for (std::size_t place = kFirstChunk; place + 8 <= file.size();) {
    const std::size_t size = number_at(file, place + 4, 4, true);
    if (file.substr(place, 4) == "EXIF") return file.substr(place + 8, size);
    place += 8 + size + size % 2;
  }
  return {};
}

cv::Mat upright(const cv::Mat& pixels, vision::Orientation orientation) {
  cv::Mat turned = pixels;
  if (is_turned_on_its_side(orientation)) {
    turned = cv::Mat();
    cv::transpose(pixels, turned);
  }
  // What cv::flip does after that, by orientation from kUp on: nothing, columns, both, rows.
  constexpr int kNothing = 2;
  constexpr int kFlips[] = {kNothing, 1, -1, 0};
  const int flip = kFlips[(static_cast<int>(orientation) - 1) % 4];
  if (flip == kNothing) return turned;
  cv::Mat flipped;
  cv::flip(turned, flipped, flip);
  return flipped;
}

}  // namespace media
