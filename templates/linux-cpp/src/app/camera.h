// The camera mode.
#pragma once

#include "app/options.h"

namespace app {

// Shows, records and counts until it is stopped or the stream ends. Returns the exit code; throws support::Error.
int run_camera(const Options& options, const std::string& model_folder);

}  // namespace app
