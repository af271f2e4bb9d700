// What this program and its model are.
#pragma once

#include "app/options.h"

namespace app {

// Loads the model, so that a broken one shows. Returns the exit code; throws support::Error or support::Failure.
int print_info(const Options& options, const std::string& model_path);

}  // namespace app
