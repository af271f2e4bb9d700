// Adler-32 (RFC 1950): a checksum that notices damage. It takes milliseconds where SHA-256 takes tens of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace support {

// The checksum of bytes, or, with that of the bytes before them, of all together.
std::uint32_t adler32(const std::uint8_t* bytes, std::size_t size, std::uint32_t before = 1);

// The checksum of a file, read piece by piece. Throws std::system_error when it cannot be read.
std::uint32_t adler32_of_file(const std::string& path);

}  // namespace support
