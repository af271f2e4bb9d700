#include "app/usage.h"

#include "app_model.h"
#include "build_info.h"
#include "support/text.h"

namespace app {

std::string help_text() {
  const std::string name = support::printable(kModel.app_name);
  const std::string confidence = support::shortest(kModel.thresholds.confidence);
  const std::string iou = support::shortest(kModel.thresholds.iou);
  const std::string max_detections = std::to_string(kModel.thresholds.max_detections);
  return name + ": finds objects in pictures, videos and camera frames.\n" + R"(
  app IMAGE|FOLDER|VIDEO... [--output DIR] [--json]
  app --camera 0|FILE|URL [--width W --height H --fps N] [--record FILE] [--headless]
  app --benchmark RUNS IMAGE [--json]
  app --info [--json]

Which boxes
  --conf X        only scores above X, 0 to 1 (now )" +
         confidence + R"()
  --iou X         of boxes that overlap more than X, 0 to 1, keep the best (now )" +
         iou + R"()
  --max-det N     at most N boxes a picture (now )" +
         max_detections + R"()
  --agnostic      let boxes of different classes suppress each other

Results
  --output DIR    write pictures and videos with the boxes drawn in
  --json          print one JSON object, and nothing else, on standard output

Camera
  --camera SOURCE a number, a video file, an address (rtsp://...), or a GStreamer pipeline
  --width W, --height H, --fps N
                  what to ask of the camera
  --record FILE   write what is shown to a video (.mp4, .mkv, .avi)
  --headless      no window: a line a second instead. Stop with Ctrl-C, or q in the window

Others
  --model DIR     the folder of model.pte (otherwise the project's own)
  --threads N     threads for the model (otherwise as many as ExecuTorch takes)
  --benchmark RUNS
                  time the picture so many times
  --info          what this program and its model are
  --help, --version

Exit codes: 0 done, 1 some pictures failed, 2 usage, 3 model missing or damaged, 4 backend or operator missing,
5 cannot write, 6 no camera.
)";
}

std::string version_text() {
  return support::printable(kModel.app_name) + ", made by edgegen " + std::string(kModel.edgegen_version) +
         ", with ExecuTorch " + build_info::kExecuTorchVersion + "\n";
}

}  // namespace app
