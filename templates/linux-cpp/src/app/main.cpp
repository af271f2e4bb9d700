#include <cstdlib>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "app/frames.h"
#include "app/options.h"
#include "detector/runtime.h"
#include "support/program.h"

namespace {

using app::Command;

int run(const app::Options& options) {
  if (options.command == Command::kHelp || options.command == Command::kVersion) {
    support::StandardOutput().write(options.command == Command::kHelp ? app::help_text() : app::version_text());
    return 0;
  }
  // OpenCV and FFmpeg would tell of every damaged picture in lines of their own.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", /*overwrite=*/0);  // FFmpeg's AV_LOG_QUIET
  detector::keep_runtime_log();
  support::install_stop_signals();
  cv::setNumThreads(1);  // the cores are the model's
  // A camera's window is tried in a copy of this process, which is to have no threads yet.
  if (options.threads > 0 && options.command != Command::kCamera) detector::set_threads(options.threads);
  const std::string model_path = support::find_model(options.model_folder);
  switch (options.command) {
    case Command::kCamera:
      return app::run_camera(options, model_path);
    case Command::kBenchmark:
      return app::run_benchmark(options, model_path);
    case Command::kInfo:
      return app::print_info(options, model_path);
    default:
      return app::detect_files(options, model_path);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int exit_code = support::run_program([&] { return run(app::parse_options({argv + 1, argv + argc})); });
  // Everything is written and closed. What a hanging camera still uses must not be torn down under it.
  if (app::CameraReader::is_left_behind()) std::_Exit(exit_code);
  return exit_code;
}
