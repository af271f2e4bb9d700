// ExecuTorch's log messages are kept, not printed: an error should be one line, and a picture none.
#pragma once

#include <string>

namespace detector {

// From now on, errors are kept, and what ends the process goes to stderr. To be called before anything of the runtime.
void keep_runtime_log();

// The first error that was logged since the last call, or nothing; it is forgotten.
std::string take_runtime_error();

}  // namespace detector
