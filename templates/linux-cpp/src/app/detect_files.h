// The app's main use: boxes in pictures and videos.
#pragma once

#include "app/options.h"

namespace app {

// Returns the exit code; throws support::Error or support::Failure when nothing can be done at all.
int detect_files(const Options& options, const std::string& model_path);

}  // namespace app
