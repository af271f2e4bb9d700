#include <algorithm>
#include <cstdint>

#include "app/pictures.h"
#include "loaded/libraries.h"

namespace app {
namespace {

using Bytes = std::vector<unsigned char>;

// A file is RIFF, a size and WEBP, then chunks: a name, a size, and that many bytes, filled up to an even number.
constexpr std::size_t kHeaderBytes = 12, kChunkHeaderBytes = 8;
constexpr std::size_t kExtendedBytes = 10, kFrameHeaderBytes = 16;  // of the chunk VP8X; at the front of ANMF
constexpr unsigned kIsAnimated = 0x02, kHasExif = 0x08;             // flags of VP8X

std::size_t number(std::string_view bytes, std::size_t offset, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(offset + i));
  return value;
}

// The content of the first chunk of one of these names; empty if there is none, or if the file ends within it.
std::string_view find_chunk(std::string_view chunks, std::initializer_list<std::string_view> names) {
  while (chunks.size() >= kChunkHeaderBytes) {
    const std::size_t size = number(chunks, 4, 4);
    if (size > chunks.size() - kChunkHeaderBytes) break;
    for (const std::string_view name : names) {
      if (chunks.substr(0, 4) == name) return chunks.substr(kChunkHeaderBytes, size);
    }
    chunks.remove_prefix(std::min(chunks.size(), kChunkHeaderBytes + size + size % 2));
  }
  return {};
}

[[noreturn]] void fail(bool is_cut) { reject_picture("OpenCV", is_cut); }

// A file of its own of a frame's pixels. Its alpha is left out: no result has any.
Bytes still_picture(std::string_view frame) {
  const std::string_view pixels = find_chunk(frame.substr(kFrameHeaderBytes), {"VP8 ", "VP8L"});
  if (pixels.empty()) fail(false);
  const std::string_view chunk(pixels.data() - kChunkHeaderBytes, kChunkHeaderBytes + pixels.size());
  std::string file = "RIFF    WEBP" + std::string(chunk) + std::string(pixels.size() % 2, '\0');
  for (std::size_t i = 0; i < 4; ++i) file[4 + i] = static_cast<char>((file.size() - kChunkHeaderBytes) >> (8 * i));
  return {file.begin(), file.end()};
}

cv::Mat first_frame(std::string_view frame, const cv::Size& canvas) {
  const auto at = [&](std::size_t offset) { return static_cast<int>(number(frame, offset, 3)); };
  const cv::Rect place(2 * at(0), 2 * at(3), at(6) + 1, at(9) + 1);
  const bool fits = place.br().x <= canvas.width && place.br().y <= canvas.height;
  if (!fits || std::int64_t{canvas.width} * canvas.height > kMostPixels) fail(false);
  const cv::Mat pixels = loaded::picture_library().decode(still_picture(frame));
  if (pixels.size() != place.size()) fail(false);
  if (pixels.size() == canvas) return pixels;
  cv::Mat whole(canvas, CV_8UC3, cv::Scalar::all(0));
  pixels.copyTo(whole(place));
  return whole;
}

}  // namespace

Picture read_webp(const std::string& path) {
  const Bytes bytes = read_whole(path);
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::uint64_t end = std::uint64_t{kChunkHeaderBytes} + number(file, 4, 4);
  if (end < kHeaderBytes) fail(false);
  const bool is_cut = end > file.size();
  const std::string_view whole = is_cut ? file : file.substr(0, static_cast<std::size_t>(end));
  const std::string_view chunks = whole.substr(std::min(whole.size(), kHeaderBytes));
  const std::string_view extended = find_chunk(chunks, {"VP8X"});
  const unsigned flags = extended.size() < kExtendedBytes ? 0 : static_cast<unsigned char>(extended[0]);
  Picture picture;
  if ((flags & kIsAnimated) == 0) {
    picture.pixels = loaded::picture_library().decode(bytes);
  } else if (const std::string_view frame = find_chunk(chunks, {"ANMF"}); frame.size() > kFrameHeaderBytes && !is_cut) {
    picture.pixels = first_frame(
        frame, {static_cast<int>(number(extended, 4, 3)) + 1, static_cast<int>(number(extended, 7, 3)) + 1});
  }
  if (picture.pixels.empty()) fail(is_cut);
  if ((flags & kHasExif) != 0 && !is_cut) picture.orientation = orientation_of(find_chunk(chunks, {"EXIF"}));
  return picture;
}

}  // namespace app
