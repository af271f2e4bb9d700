// Whether a .pte is the model of a ModelInfo, and whether this program can run it. Asked once, before the first run.
#pragma once

#include <executorch/runtime/executor/method_meta.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "vision/model_info.h"

namespace detector {

// Throws support::Error if the file is not the model. SHA-256 would take longer than the rest of the start.
void check_file(std::uint32_t adler32, std::string_view sha256, const std::string& path);

// Throws support::Error if the method needs a backend that is not linked in.
void check_backends(const executorch::ET_RUNTIME_NAMESPACE::MethodMeta& meta, const std::string& path);

// Throws support::Error if inputs or outputs differ from `info`. Returns whether the runtime owns the input's memory.
bool check_signature(const executorch::ET_RUNTIME_NAMESPACE::MethodMeta& meta, const vision::ModelInfo& info,
                     const std::string& path);

}  // namespace detector
