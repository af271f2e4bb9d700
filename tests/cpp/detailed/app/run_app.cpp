#include "app/run_app.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tools/check.h"

namespace test {
namespace {

constexpr useconds_t kPollMicroseconds = 10000;

[[noreturn]] void become_app(const std::vector<std::string>& arguments, const Surroundings& surroundings,
                             const std::string& output, const std::string& errors) {
  std::vector<char*> argv = {const_cast<char*>(APP_PATH)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  dup2(open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  dup2(open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  if (surroundings.largest_file > 0) {
    const auto bytes = static_cast<rlim_t>(surroundings.largest_file);
    const struct rlimit limit = {bytes, bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (chdir(surroundings.folder.c_str()) == 0) execv(APP_PATH, argv.data());
  _exit(127);
}

}  // namespace

Answer run_app(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const TemporaryFolder folder;
  const std::string errors = folder.path("errors");
  const std::string output = surroundings.output_file.empty() ? folder.path("output") : surroundings.output_file;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become_app(arguments, surroundings, output, errors);
  int status = 0;
  if (!surroundings.interrupt_when_there.empty()) {
    const char* file = surroundings.interrupt_when_there.c_str();
    bool ended = false;
    while (!ended && access(file, F_OK) != 0) {
      usleep(kPollMicroseconds);
      ended = waitpid(child, &status, WNOHANG) == child;
    }
    if (!ended) kill(child, SIGINT);
    if (!ended) waitpid(child, &status, 0);
  } else {
    waitpid(child, &status, 0);
  }
  Answer answer;
  if (WIFEXITED(status)) answer.exit_code = WEXITSTATUS(status);
  if (surroundings.output_file.empty()) answer.output = read_file(output);
  answer.errors = read_file(errors);
  return answer;
}

}  // namespace test
