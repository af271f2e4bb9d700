// The command line, and what the program can be asked to do.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "app_model.h"

namespace app {

enum class Command { kDetect, kCamera, kBenchmark, kInfo, kHelp, kVersion };

// From one end to the other: x1, y1, x2, y2, in pixels of the frame.
using CountLine = std::array<float, 4>;

// Where to listen. Port 0: any that is free.
struct Address {
  std::string host = "127.0.0.1";
  int port = 0;
};

struct Options {
  Command command = Command::kDetect;
  std::vector<std::string> inputs;  // pictures, folders and videos, as typed
  std::string model_folder;         // empty: the project's own
  std::string output_folder;        // empty: write no pictures
  std::string maps_folder;          // of maps or masks; empty: write none
  std::string capture;              // the file for `edgegen explain`; empty: none
  bool json = false;
  vision::Thresholds thresholds = kModel.thresholds;
  bool track = false;
  std::optional<CountLine> count_line;
  int threads = 0;  // 0: as many as ExecuTorch takes by itself

  std::string camera;            // a number, a file, an address or a GStreamer pipeline
  int width = 0, height = 0;     // pixels to ask of the camera; 0: whatever it gives
  double frames_per_second = 0;  // to ask of the camera; 0: whatever it gives
  std::string record;            // the video file to write; empty: none
  bool headless = false;         // no window
  bool hud = true;               // figures on top of what is shown
  std::optional<Address> serve;  // to those who look on in a browser

  int benchmark_runs = 0;
};

// Throws support::Failure (kUsage).
Options parse_options(const std::vector<std::string>& arguments);

// What --help and --version say.
std::string help_text();
std::string version_text();

// The commands return the exit code, and throw support::Error or support::Failure.
// Pictures, folders and videos, one after another. One that cannot be read does not stop the others.
int detect_files(const Options& options, const std::string& model_path);
// Shows, records and counts until it is stopped or the stream ends.
int run_camera(const Options& options, const std::string& model_path);
// Times one picture many times.
int run_benchmark(const Options& options, const std::string& model_path);
// What this program and its model are. Loads the model, so that a broken one shows.
int print_info(const Options& options, const std::string& model_path);

}  // namespace app
