// Is this file a picture or a video?
#pragma once

#include <string>
#include <string_view>

namespace app {

enum class FileKind { kPicture, kVideo, kUnknown };

// By its first bytes, or by its name where they say nothing.
FileKind kind_of_file(const std::string& path);

// By the first bytes of a file (64 are enough).
FileKind kind_of_content(std::string_view head);

// By the extension of its name.
FileKind kind_of_name(const std::string& path);

}  // namespace app
