#include "video/camera_kind.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace video {

CameraKind kind_of_camera(const std::string& source) {
  const bool is_number = std::all_of(source.begin(), source.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::error_code ignored;
  if (is_number || std::filesystem::is_character_file(source, ignored)) return CameraKind::kDevice;
  if (source.find("://") != std::string::npos) return CameraKind::kAddress;
  if (source.find('!') != std::string::npos && !std::filesystem::exists(source, ignored)) {
    return CameraKind::kPipeline;
  }
  return CameraKind::kFile;
}

}  // namespace video
