// All stages over all pictures: does this program compute what PyTorch computed?
#pragma once

#include <string>

#include "parity/report.h"
#include "vision/model_info.h"

namespace parity {

// Loads the model for itself. Throws support::Error when it cannot be run, or when the vectors are missing or damaged.
Report run(const vision::ModelInfo& info, const std::string& model_path, const std::string& vectors_folder);

}  // namespace parity
