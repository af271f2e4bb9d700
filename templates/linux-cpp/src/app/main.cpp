#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "app/camera_reader.h"
#include "app/options.h"
#include "detector/runtime.h"
#include "detector/threads.h"
#include "support/program.h"

namespace {

constexpr int kUnexpectedExitCode = 1;

// OpenCV and FFmpeg would tell of every damaged picture in lines of their own.
void quieten_libraries() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", /*overwrite=*/0);  // FFmpeg's AV_LOG_QUIET
}

int run(const app::Options& options) {
  switch (options.command) {
    case app::Command::kHelp:
      support::StandardOutput().write(app::help_text());
      return 0;
    case app::Command::kVersion:
      support::StandardOutput().write(app::version_text());
      return 0;
    default:
      break;
  }
  quieten_libraries();
  detector::keep_runtime_log();
  support::install_stop_signals();
  cv::setNumThreads(1);  // the cores are the model's
  // A camera's window is tried in a copy of this process, which is to have no threads yet.
  if (options.threads > 0 && options.command != app::Command::kCamera) detector::set_threads(options.threads);
  const std::string model_path = support::find_model(options.model_folder);
  switch (options.command) {
    case app::Command::kCamera:
      return app::run_camera(options, model_path);
    case app::Command::kBenchmark:
      return app::run_benchmark(options, model_path);
    case app::Command::kInfo:
      return app::print_info(options, model_path);
    default:
      return app::detect_files(options, model_path);
  }
}

int report(const support::Failure& failure) {
  std::cerr << "error: " << failure.what() << "\n";
  return failure.exit_code();
}

int run_and_report(const std::vector<std::string>& arguments) {
  try {
    return run(app::parse_options(arguments));
  } catch (const support::Failure& failure) {
    return report(failure);
  } catch (const support::Error& error) {
    return report(support::Failure(error));
  } catch (const std::bad_alloc&) {
    std::cerr << "error: there is not enough memory. Close other programs, or export the model at a smaller size\n";
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
  }
  return kUnexpectedExitCode;
}

}  // namespace

int main(int argc, char** argv) {
  const int exit_code = run_and_report({argv + 1, argv + argc});
  // Everything is written and closed. What a hanging camera still uses must not be torn down under it.
  if (app::CameraReader::is_left_behind()) std::_Exit(exit_code);
  return exit_code;
}
