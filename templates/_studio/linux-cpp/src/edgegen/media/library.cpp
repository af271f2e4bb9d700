#include "media/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "media/csi.h"
#include "support/program.h"

namespace media {
namespace {

Library& load() {
  const std::string path = support::program_folder() + "/libapp_opencv.so";
  void* const handle =
      dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: Qt and GStreamer cannot be unloaded
  if (handle == nullptr) {
    throw support::Failure(support::ExitCode::kOutput, std::string("OpenCV's library cannot be loaded: ") + dlerror() +
                                                           ". Install libopencv-dev, and build again");
  }
  return *reinterpret_cast<Library* (*)()>(dlsym(handle, "app_opencv_library"))();
}

}  // namespace

CameraKind kind_of_camera(const std::string& source) {
  if (source == kCsiName) return CameraKind::kCsi;
  const bool is_index = std::all_of(source.begin(), source.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::error_code ignored;
  if (is_index || std::filesystem::is_character_file(source, ignored)) return CameraKind::kDevice;
  const std::size_t scheme = source.find("://"), blank = source.find_first_of(" !");
  if (scheme != std::string::npos && scheme < blank) return CameraKind::kAddress;
  const bool is_pipeline = source.find('!') != std::string::npos && !std::filesystem::exists(source, ignored);
  return is_pipeline ? CameraKind::kPipeline : CameraKind::kFile;
}

Library& library() {
  static Library& loaded = load();
  return loaded;
}

}  // namespace media
