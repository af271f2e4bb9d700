#include "support/adler32.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

namespace support {
namespace {

constexpr std::uint32_t kPrime = 65521;
constexpr std::size_t kBlockBytes = 5552;  // the most after which no sum below passes 32 bits

}  // namespace

// The first sum adds the bytes; the second adds the first sum after each byte, so a block's first byte counts as often
// as the block has bytes. Written as two separate sums, which compilers turn into vector instructions.
std::uint32_t adler32(const std::uint8_t* bytes, std::size_t size, std::uint32_t before) {
  std::uint32_t first = before & 0xffff;
  std::uint32_t second = before >> 16;
  while (size > 0) {
    const auto count = static_cast<std::uint32_t>(std::min(size, kBlockBytes));
    std::uint32_t sum = 0;
    std::uint32_t weighted_sum = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      sum += bytes[i];
      weighted_sum += (count - i) * bytes[i];
    }
    second = (second + count * first + weighted_sum % kPrime) % kPrime;
    first = (first + sum) % kPrime;
    bytes += count;
    size -= count;
  }
  return second << 16 | first;
}

std::uint32_t adler32_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw std::system_error(errno, std::generic_category(), path);
  std::vector<std::uint8_t> buffer(64 * kBlockBytes);
  std::uint32_t checksum = 1;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    checksum = adler32(buffer.data(), size, checksum);
  }
  if (std::ferror(file.get())) throw std::system_error(errno, std::generic_category(), path);
  return checksum;
}

}  // namespace support
