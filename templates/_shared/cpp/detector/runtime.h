// What ExecuTorch says when something goes wrong: its error codes in words, and its log.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.h"

namespace detector {

enum class Stage { kLoadProgram, kLoadMethod, kRun };

// detail: what ExecuTorch logged, or nothing.
support::Error runtime_error(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail);

// From now on ExecuTorch's errors are kept instead of printed, so that an error is one line, and a picture none; what
// ends the process goes to stderr. For a program of one's own, before anything of the runtime: there is one log in a
// process, and a library has no say in its host's. Without it, nothing is kept.
void keep_runtime_log();

// The first error that was logged since the last call, or nothing; it is forgotten.
std::string take_runtime_error();

}  // namespace detector
