// What the program can be asked to do. Each returns the exit code, and throws support::Error or support::Failure.
#pragma once

#include "app/options.h"

namespace app {

// Pictures, folders and videos, one after another. One that cannot be read does not stop the others.
int detect_files(const Options& options, const std::string& model_path);

// Shows, records and counts until it is stopped or the stream ends.
int run_camera(const Options& options, const std::string& model_path);

// Times one picture many times.
int run_benchmark(const Options& options, const std::string& model_path);

// What this program and its model are. Loads the model, so that a broken one shows.
int print_info(const Options& options, const std::string& model_path);

}  // namespace app
