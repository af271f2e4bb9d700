// Holds the .pte's own signature against model_info.h, before anything is run.
#pragma once

#include <executorch/runtime/executor/method_meta.h>

#include <string>

namespace detector {

using MethodMeta = executorch::ET_RUNTIME_NAMESPACE::MethodMeta;

// Throws support::Error when the inputs or outputs are not those of model_info.h. Returns whether the input has a place
// in the method's own memory.
bool check_signature(const MethodMeta& meta, const std::string& path);

// Throws support::Error when the method needs a backend that is not linked in.
void check_backends(const MethodMeta& meta, const std::string& path);

}  // namespace detector
