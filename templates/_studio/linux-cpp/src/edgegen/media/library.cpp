#include "media/library.h"

#include <dlfcn.h>

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

Library& library() {
  static Library& loaded = load();
  return loaded;
}

}  // namespace media
