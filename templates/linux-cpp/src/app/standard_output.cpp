#include "app/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "support/failure.h"

namespace app {

StandardOutput::StandardOutput() : descriptor_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)) {
  if (descriptor_ >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

StandardOutput::~StandardOutput() {
  if (descriptor_ < 0) return;
  std::fflush(stdout);
  dup2(descriptor_, STDOUT_FILENO);
  close(descriptor_);
}

void StandardOutput::write(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(descriptor_, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw support::Failure(support::ExitCode::kOutput,
                             std::string("cannot write to standard output: ") + std::strerror(errno));
    }
    done += static_cast<std::size_t>(written);
  }
}

}  // namespace app
