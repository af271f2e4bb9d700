// What `edgegen explain` replays: a picture, and what became of it at every stage, in one tar archive of at most 10 MB:
// capture.json, the model's metadata.yaml, the picture as it is stored (frame.png), the outputs. Nothing of where the
// picture was made or lies is in it.
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

// The picture as it was looked at.
struct Frame {
  Bytes png;  // its very bytes, neither turned nor mirrored; empty: left out
  int width = 0, height = 0;
  std::ptrdiff_t bytes_per_row = 0;
  vision::Orientation orientation = vision::Orientation::kUp;
  int halvings = 0;  // how often it was made smaller before
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
  Bytes map_png;              // a number for every pixel; empty: the task has none, or it was left out
  // JSON of each thing, see json/results.h: what the detector gave, and what the result processors left of it.
  std::vector<std::string> found, shown;
  int added = 0;  // how many things are shown of which there is no JSON: not among those found
};

// The frame is left out where it has no room beside what is told. Throws std::runtime_error where that alone has none.
Bytes archive_of(const vision::ModelInfo& model, const Author& author, const Seen& seen, const detector::Trace& trace);

}  // namespace capture
