#include "pictures/png.h"

#include <zlib.h>

#include <cstdlib>
#include <new>
#include <string_view>

namespace pictures {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kPiece = 65536;  // bytes of zlib's output at once
constexpr std::uint8_t kPaeth = 4;     // the filter's number

std::size_t bytes_of(Pixels pixels) { return pixels == Pixels::kRgb ? 3 : pixels == Pixels::kDeepGrey ? 2 : 1; }

void add_number(Bytes& out, std::size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void add_chunk(Bytes& out, std::string_view name, const Bytes& content) {
  add_number(out, content.size());
  const std::size_t from = out.size();
  out.insert(out.end(), name.begin(), name.end());
  out.insert(out.end(), content.begin(), content.end());
  add_number(out, crc32(0, out.data() + from, static_cast<uInt>(out.size() - from)));
}

// The nearest of left, above and above left to left + above - above left.
std::uint8_t paeth(int left, int above, int corner) {
  const int far_left = std::abs(above - corner), far_above = std::abs(left - corner);
  const int far_corner = std::abs(left + above - 2 * corner);
  const bool is_left = far_left <= far_above && far_left <= far_corner;
  return static_cast<std::uint8_t>(is_left ? left : far_above <= far_corner ? above : corner);
}

// Compresses bytes, up to `most` bytes of output.
class Compressed {
 public:
  explicit Compressed(std::size_t most) : most_(most), piece_(kPiece) {
    if (deflateInit(&stream_, Z_DEFAULT_COMPRESSION) != Z_OK) throw std::bad_alloc();
  }
  ~Compressed() { deflateEnd(&stream_); }
  Compressed(const Compressed&) = delete;
  Compressed& operator=(const Compressed&) = delete;

  void add(Bytes& bytes, bool is_last) {
    stream_.next_in = bytes.data();
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = piece_.data();
      stream_.avail_out = static_cast<uInt>(piece_.size());
      deflate(&stream_, is_last ? Z_FINISH : Z_NO_FLUSH);
      out_.insert(out_.end(), piece_.data(), piece_.data() + (piece_.size() - stream_.avail_out));
    } while (stream_.avail_out == 0 && !is_too_much());
  }

  bool is_too_much() const { return out_.size() > most_; }
  const Bytes& bytes() const { return out_; }

 private:
  std::size_t most_;
  Bytes out_, piece_;
  z_stream stream_ = {};
};

}  // namespace

Bytes png(int width, int height, Pixels pixels, std::size_t most,
          const std::function<void(int y, std::uint8_t* row)>& fill) {
  const std::size_t step = bytes_of(pixels), size = step * static_cast<std::size_t>(width);
  Compressed rows(most);
  // Each row has a pixel of zeros before it.
  Bytes row(step + size), above(step + size), line(1 + size, kPaeth);
  for (int y = 0; y < height; ++y) {
    fill(y, row.data() + step);
    for (std::size_t i = 0; i < size; ++i) {
      line[1 + i] = static_cast<std::uint8_t>(row[step + i] - paeth(row[i], above[step + i], above[i]));
    }
    rows.add(line, y == height - 1);
    if (rows.is_too_much()) return {};
    row.swap(above);
  }
  Bytes header;
  add_number(header, static_cast<std::size_t>(width));
  add_number(header, static_cast<std::size_t>(height));
  const std::uint8_t depth = pixels == Pixels::kDeepGrey ? 16 : 8, kind = pixels == Pixels::kRgb ? 2 : 0;
  header.insert(header.end(), {depth, kind, 0, 0, 0});
  Bytes out(kSignature, kSignature + sizeof kSignature);
  add_chunk(out, "IHDR", header);
  add_chunk(out, "IDAT", rows.bytes());
  add_chunk(out, "IEND", {});
  return out.size() > most ? Bytes() : out;
}

}  // namespace pictures
