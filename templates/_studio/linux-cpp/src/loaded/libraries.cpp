#include "loaded/libraries.h"

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "support/program.h"

namespace loaded {
namespace {

template <typename Library>
Library& load(const char* file, const char* entrance_name, const std::string& what, const std::string& missing) {
  const std::filesystem::path path = std::filesystem::path(support::program_folder()) / file;
  // Never closed: the libraries behind it (Qt, GStreamer) do not come apart cleanly.
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw std::runtime_error(what + ": " + dlerror() + ". Install " + missing + " and build again");
  }
  const auto entrance = reinterpret_cast<Library* (*)()>(dlsym(handle, entrance_name));
  if (entrance == nullptr) throw std::runtime_error(path.string() + " is not this app's library: build again");
  return *entrance();
}

}  // namespace

PictureLibrary& picture_library() {
  static auto& library =
      load<PictureLibrary>(kPictureFile, kPictureEntrance, "pictures other than JPEG and PNG cannot be read",
                           "OpenCV with imgcodecs (libopencv-dev)");
  return library;
}

VideoLibrary& video_library() {
  static auto& library = load<VideoLibrary>(kVideoFile, kVideoEntrance, "videos and cameras cannot be read",
                                            "OpenCV with videoio and highgui (libopencv-dev)");
  return library;
}

ServerLibrary& server_library() {
  static auto& library =
      load<ServerLibrary>(kServerFile, kServerEntrance, "this app cannot serve", "libcpp-httplib-dev and pkg-config");
  return library;
}

}  // namespace loaded
