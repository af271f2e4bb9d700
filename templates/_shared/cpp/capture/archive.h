// A tar archive, which every system opens: POSIX ustar, nothing compressed, nothing about who made it or when.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace capture {

using Bytes = std::vector<unsigned char>;

void add_file(Bytes& archive, const std::string& name, const void* data, std::size_t size);

// Two empty blocks: who reads it sees by them that nothing is missing.
void end(Bytes& archive);

}  // namespace capture
