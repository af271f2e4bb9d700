#include "app/video_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "support/project_files.h"

namespace app {
namespace {

video::Library& load() {
  const std::filesystem::path path = std::filesystem::path(support::program_folder()) / video::kFileName;
  // Never closed: the libraries behind it (Qt, GStreamer) do not come apart cleanly.
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw std::runtime_error(std::string("videos and cameras cannot be read: ") + dlerror() +
                             ". Install OpenCV with videoio and highgui (libopencv-dev) and build again");
  }
  const auto entrance = reinterpret_cast<video::Entrance>(dlsym(handle, video::kEntrance));
  if (entrance == nullptr) throw std::runtime_error(path.string() + " is not this app's video library: build again");
  return *entrance();
}

}  // namespace

video::Library& video_library() {
  static video::Library& library = load();
  return library;
}

}  // namespace app
