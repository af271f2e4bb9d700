// How fast is it here?
#pragma once

#include "app/options.h"

namespace app {

// Times one picture many times. Returns the exit code; throws support::Error or support::Failure.
int run_benchmark(const Options& options, const std::string& model_path);

}  // namespace app
