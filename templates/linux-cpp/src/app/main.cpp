#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "app/benchmark.h"
#include "app/camera.h"
#include "app/detect_files.h"
#include "app/info.h"
#include "app/options.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "app/usage.h"
#include "detector/detector.h"
#include "detector/threads.h"
#include "support/error.h"
#include "support/project_files.h"

namespace {

constexpr int kUnexpectedExitCode = 1;
constexpr char kModelFolder[] = "model";

// OpenCV and FFmpeg would tell of every damaged picture in lines of their own.
void quieten_libraries() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", /*overwrite=*/0);  // FFmpeg's AV_LOG_QUIET
}

int run(const app::Options& options) {
  switch (options.command) {
    case app::Command::kHelp:
      app::StandardOutput().write(app::help_text());
      return 0;
    case app::Command::kVersion:
      app::StandardOutput().write(app::version_text());
      return 0;
    default:
      break;
  }
  quieten_libraries();
  app::install_stop_signals();
  cv::setNumThreads(1);  // the cores are the model's
  if (options.threads > 0) detector::set_threads(options.threads);
  const std::string model_folder = options.model_folder.empty()
                                       ? support::find_project_folder(kModelFolder, detector::kModelFile)
                                       : options.model_folder;
  switch (options.command) {
    case app::Command::kCamera:
      return app::run_camera(options, model_folder);
    case app::Command::kBenchmark:
      return app::run_benchmark(options, model_folder);
    case app::Command::kInfo:
      return app::print_info(options, model_folder);
    default:
      return app::detect_files(options, model_folder);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(app::parse_options({argv + 1, argv + argc}));
  } catch (const support::Error& error) {
    std::cerr << "error: " << error.what() << "\n";
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    std::cerr << "error: there is not enough memory. Close other programs, or export the model at a smaller size\n";
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
  }
  return kUnexpectedExitCode;
}
