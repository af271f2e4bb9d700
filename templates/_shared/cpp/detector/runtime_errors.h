// ExecuTorch's error codes in words.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.h"

namespace detector {

enum class Stage { kLoadProgram, kLoadMethod, kRun };

// detail: what ExecuTorch logged, or nothing.
support::Error runtime_error(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail);

}  // namespace detector
