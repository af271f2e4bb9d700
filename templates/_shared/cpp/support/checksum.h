// Checksums of bytes and of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace support {

// Returns the SHA-256 of these bytes as 64 lower-case hexadecimal digits.
std::string sha256(const void* data, std::size_t size);

// Returns the checksum (RFC 1950) of ModelInfo::adler32. Throws support::Error if the model's file cannot be read.
std::uint32_t adler32_of_file(const std::string& path);

}  // namespace support
