#include "pictures/png.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pictures {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kMostInBlock = 65535;       // of deflate, stored as it is
constexpr std::size_t kBlockHeader = 5;           // bytes
constexpr std::size_t kChunk = 12;                // bytes of a chunk beside its content
constexpr std::size_t kHeader = 13, kStream = 6;  // bytes of IHDR, and of zlib's frame
constexpr std::uint32_t kAdler = 65521;

std::size_t bytes_of(Pixels pixels) { return pixels == Pixels::kRgb ? 3 : pixels == Pixels::kDeepGrey ? 2 : 1; }

std::size_t rows_bytes(int width, int height, Pixels pixels) {
  return static_cast<std::size_t>(height) * (1 + static_cast<std::size_t>(width) * bytes_of(pixels));
}

std::size_t stream_bytes(std::size_t rows) {
  return kStream + rows + kBlockHeader * ((rows + kMostInBlock - 1) / kMostInBlock);
}

void add_number(Bytes& out, std::size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

std::uint32_t crc(const std::uint8_t* first, const std::uint8_t* last) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t value = 0xFFFFFFFFU;
  for (; first != last; ++first) value = table[(value ^ *first) & 0xFF] ^ (value >> 8);
  return ~value;
}

// What `content` adds becomes a chunk.
template <typename Content>
void add_chunk(Bytes& out, std::size_t size, std::string_view name, const Content& content) {
  add_number(out, size);
  const std::size_t from = out.size();
  out.insert(out.end(), name.begin(), name.end());
  content();
  add_number(out, crc(out.data() + from, out.data() + out.size()));
}

// Bytes as zlib has them, in blocks that are not compressed.
class Stream {
 public:
  Stream(Bytes& out, std::size_t size) : out_(out), left_(size) {
    out_.push_back(0x78);
    out_.push_back(0x01);
  }

  void add(const std::uint8_t* data, std::size_t size) {
    while (size > 0) {
      if (in_block_ == 0) begin_block();
      const std::size_t count = std::min(size, in_block_);
      out_.insert(out_.end(), data, data + count);
      for (std::size_t i = 0; i < count; ++i) {
        low_ = (low_ + data[i]) % kAdler;
        high_ = (high_ + low_) % kAdler;
      }
      data += count;
      size -= count;
      in_block_ -= count;
    }
  }

  void end() { add_number(out_, (high_ << 16) | low_); }

 private:
  void begin_block() {
    in_block_ = std::min(left_, kMostInBlock);
    left_ -= in_block_;
    const auto size = static_cast<std::uint16_t>(in_block_);
    const auto other = static_cast<std::uint16_t>(~size);
    out_.push_back(left_ == 0 ? 1 : 0);  // the last one
    for (const std::uint16_t number : {size, other}) {
      out_.push_back(static_cast<std::uint8_t>(number & 0xFF));
      out_.push_back(static_cast<std::uint8_t>(number >> 8));
    }
  }

  Bytes& out_;
  std::size_t left_, in_block_ = 0;
  std::uint32_t low_ = 1, high_ = 0;
};

}  // namespace

std::size_t png_bytes(int width, int height, Pixels pixels) {
  return sizeof kSignature + 3 * kChunk + kHeader + stream_bytes(rows_bytes(width, height, pixels));
}

Bytes png(int width, int height, Pixels pixels, const std::function<void(int y, std::uint8_t* row)>& fill) {
  Bytes out(kSignature, kSignature + sizeof kSignature);
  out.reserve(png_bytes(width, height, pixels));
  add_chunk(out, kHeader, "IHDR", [&] {
    add_number(out, static_cast<std::size_t>(width));
    add_number(out, static_cast<std::size_t>(height));
    const std::uint8_t depth = pixels == Pixels::kDeepGrey ? 16 : 8, kind = pixels == Pixels::kRgb ? 2 : 0;
    for (const std::uint8_t byte : {depth, kind, std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}})
      out.push_back(byte);
  });
  const std::size_t rows = rows_bytes(width, height, pixels);
  add_chunk(out, stream_bytes(rows), "IDAT", [&] {
    Stream stream(out, rows);
    Bytes line(1 + static_cast<std::size_t>(width) * bytes_of(pixels));  // the first byte: no filter
    for (int y = 0; y < height; ++y) {
      fill(y, line.data() + 1);
      stream.add(line.data(), line.size());
    }
    stream.end();
  });
  add_chunk(out, 0, "IEND", [] {});
  return out;
}

}  // namespace pictures
