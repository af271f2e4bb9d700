#include "app/capture.h"

#include <sys/utsname.h>

#include <filesystem>
#include <opencv2/core.hpp>

#include "app/task.h"
#include "build_info.h"
#include "capture/capture.h"
#include "json/results.h"

namespace app {
namespace {

std::string system_text() {
  utsname system = {};
  uname(&system);
  return std::string(system.sysname) + " " + system.release + ", " + system.machine;
}

}  // namespace

void write_capture(const std::string& path, const std::string& model_path, const Options& options,
                   const Picture& picture, const detector::Trace& trace, const vision::Result& found,
                   const vision::Result& shown) {
  capture::Seen seen;
  seen.frame = {encode_png(picture.pixels), picture.pixels.cols, picture.pixels.rows,
                static_cast<std::ptrdiff_t>(picture.pixels.step[0]), picture.orientation};
  if (seen.frame.png.size() > capture::kMostFrameBytes) seen.frame.png.clear();
  if (kHasMaps) seen.map_png = encode_png(map_of(found));
  if (seen.map_png.size() > capture::kMostMapBytes) seen.map_png.clear();
  seen.thresholds = options.thresholds;
  seen.width = found.width;
  seen.height = found.height;
  seen.found = json::rows(found, kModel);
  seen.shown = json::rows(shown, kModel);
  const std::string metadata = std::filesystem::path(model_path).parent_path() / "metadata.yaml";
  const capture::Author author = {"linux-cpp", build_info::kExecuTorchVersion, system_text(), metadata};
  write_whole(path, capture::archive_of(kModel, author, seen, trace),
              "Make room, or choose another place with --capture");
}

}  // namespace app
