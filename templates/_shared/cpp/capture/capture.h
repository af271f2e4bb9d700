// The file that `edgegen explain` replays: one picture at every stage. A tar archive of at most 10 MB with
// capture.json, the model's metadata.yaml, the picture as it is stored (frame.png), and the outputs. It has no paths
// and no EXIF data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "vision/image.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace capture {

using Bytes = std::vector<unsigned char>;

inline constexpr std::size_t kMostFrameBytes = 6'000'000, kMostMapBytes = 2'000'000;

// The picture that the detector got.
struct Frame {
  Bytes png;  // the stored pixels, not turned upright; empty: left out
  int width = 0, height = 0;
  std::ptrdiff_t bytes_per_row = 0;
  int orientation = 1;  // EXIF's number
  int halvings = 0;     // how often the app halved it before
};

// Which app wrote it, and where.
struct Author {
  std::string target, executorch, device;
  std::string metadata_path;  // of the model's metadata.yaml
};

struct Seen {
  Frame frame;
  vision::Thresholds thresholds;
  int width = 0, height = 0;  // of the upright picture
  Bytes map_png;              // a class or depth map; empty: the task has none, or it was left out
  // JSON of each detection, see json/results.h: before and after the result processors.
  std::vector<std::string> found, shown;
  int added = 0;  // detections of the processors, which have no JSON
};

// The model's input and outputs for one picture. int8 values are converted to the numbers that they stand for.
struct Trace {
  std::vector<float> input;                 // (3, H, W)
  std::vector<std::vector<float>> outputs;  // as in ModelInfo::outputs
};

// image: the detector's last picture. Makes its input again, because the run may have overwritten it.
Trace trace_of(const vision::ModelInfo& model, const detector::Detector& detector, const vision::ImageView& image);

// Leaves out the picture if there is no room for it. Throws std::runtime_error if the rest has no room.
Bytes archive_of(const vision::ModelInfo& model, const Author& author, const Seen& seen, const Trace& trace);

}  // namespace capture
