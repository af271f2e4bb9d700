// The camera mode.
#pragma once

#include "app/options.h"

namespace app {

// Shows, records and counts until it is stopped or the stream ends. Returns the exit code; throws support::Error
// or support::Failure.
int run_camera(const Options& options, const std::string& model_path);

}  // namespace app
