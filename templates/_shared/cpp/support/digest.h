// Checksums: SHA-256 (FIPS 180-4) proves that data is equal, Adler-32 (RFC 1950) notices damage in a tenth of the time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace support {

// Returns 64 lower-case hexadecimal digits.
std::string sha256(const void* data, std::size_t size);

// Reads the file in pieces. Throws std::system_error if it cannot be read.
std::uint32_t adler32_of_file(const std::string& path);

}  // namespace support
