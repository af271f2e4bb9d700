// What a run found.
#pragma once

#include <string>
#include <vector>

#include "vision/result.h"

namespace app {

struct Frame {
  std::vector<vision::Detection> detections;
  vision::Timing timing;
};

struct PictureResult {
  std::string path;
  int width = 0, height = 0;  // pixels
  Frame frame;
};

struct VideoResult {
  std::string path;
  int width = 0, height = 0;     // pixels
  double frames_per_second = 0;  // as the file says; 0: it does not
  std::vector<Frame> frames;
};

struct Failure {
  std::string path;
  std::string message;
};

struct Results {
  std::vector<PictureResult> pictures;
  std::vector<VideoResult> videos;
  std::vector<Failure> failures;
};

}  // namespace app
