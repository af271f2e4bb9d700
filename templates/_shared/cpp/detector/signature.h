// Holds the .pte's own signature against what is known of the model, before anything is run.
#pragma once

#include <executorch/runtime/executor/method_meta.h>

#include <string>

#include "vision/model_info.h"

namespace detector {

using MethodMeta = executorch::ET_RUNTIME_NAMESPACE::MethodMeta;

// Throws support::Error when the inputs or outputs are not those described. Returns whether the input has a place
// in the method's own memory.
bool check_signature(const MethodMeta& meta, const vision::ModelInfo& info, const std::string& path);

// Throws support::Error when the method needs a backend that is not linked in.
void check_backends(const MethodMeta& meta, const std::string& path);

}  // namespace detector
