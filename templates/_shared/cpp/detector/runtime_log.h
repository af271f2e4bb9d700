// ExecuTorch's log messages, kept instead of printed: an error should be one line, and a picture none.
#pragma once

#include <string>

namespace detector {

// From now on, errors are kept, and what ends the process goes to stderr. For a program of one's own, before anything
// of the runtime: there is one log in a process, and a library has no say in its host's. Without it, nothing is kept.
void keep_runtime_log();

// The first error that was logged since the last call, or nothing; it is forgotten.
std::string take_runtime_error();

}  // namespace detector
