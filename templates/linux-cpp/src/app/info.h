// What this program and its model are.
#pragma once

#include "app/options.h"

namespace app {

// Loads the model, so that a broken one shows. Returns the exit code; throws support::Error.
int print_info(const Options& options, const std::string& model_folder);

}  // namespace app
