// The command line.
#pragma once

#include <string>
#include <vector>

#include "app_model.h"

namespace app {

enum class Command { kDetect, kCamera, kBenchmark, kInfo, kHelp, kVersion };

struct Options {
  Command command = Command::kDetect;
  std::vector<std::string> inputs;  // pictures, folders and videos, as typed
  std::string model_folder;         // empty: the project's own
  std::string output_folder;        // empty: write no pictures
  bool json = false;
  vision::Thresholds thresholds = kModel.thresholds;
  int threads = 0;  // 0: as many as ExecuTorch takes by itself

  std::string camera;            // a number, a file, an address or a GStreamer pipeline
  int width = 0, height = 0;     // pixels to ask of the camera; 0: whatever it gives
  double frames_per_second = 0;  // to ask of the camera; 0: whatever it gives
  std::string record;            // the video file to write; empty: none
  bool headless = false;         // no window

  int benchmark_runs = 0;
};

// Throws support::Failure (kUsage).
Options parse_options(const std::vector<std::string>& arguments);

// What --help and --version say.
std::string help_text();
std::string version_text();

}  // namespace app
