// Checksums: SHA-256 (FIPS 180-4) identifies a file, Adler-32 (RFC 1950) notices damage in a tenth of the time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace support {

class Sha256 {
 public:
  void update(const void* data, std::size_t size);
  std::string hex_digest();  // 64 lower-case digits; call it once, at the end

 private:
  static constexpr std::size_t kBlockBytes = 64;

  void add_block(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, kBlockBytes> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_bytes_ = 0;
};

// Both read the file in pieces, and throw std::system_error if they cannot.
std::string sha256_of_file(const std::string& path);
std::uint32_t adler32_of_file(const std::string& path);

}  // namespace support
