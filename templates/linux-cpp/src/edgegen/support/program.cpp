#include "support/program.h"

#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "build_info.h"
#include "support/text.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <array>
#include <climits>
#endif

namespace support {
namespace {

namespace fs = std::filesystem;

constexpr char kModelFile[] = "model.pte";
constexpr int kUnexpectedExitCode = 1;

ExitCode code_of(Reason reason) {
  const bool is_file = reason == Reason::kUnreadable || reason == Reason::kNotThisModel || reason == Reason::kDamaged ||
                       reason == Reason::kDoesNotFit || reason == Reason::kVectors;
  return is_file ? ExitCode::kModel : ExitCode::kBackend;
}

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait for a lock");

void on_signal(int) { stop = true; }

}  // namespace

std::string next_step(Reason reason) {
  switch (reason) {
    case Reason::kUnreadable:
      return "Name its folder with --model DIR";
    case Reason::kNotThisModel:
      return "Copy it again, or run `edgegen new` for another model";
    case Reason::kDoesNotFit:
      return "Run `edgegen new` for this model";
    case Reason::kBackendMissing:
      return "Link it in cmake/ExecuTorch.cmake, or export the model for a backend that is: XnnpackBackend";
    case Reason::kNoMemory:
      return "Close other programs, or export the model at a smaller size";
    case Reason::kVectors:
      return "Copy vectors/ again, or name another folder with --vectors DIR";
    default:
      break;
  }
  return "Export the model again with the release that this program is built with";
}

Failure::Failure(const Error& error)
    : Failure(code_of(error.reason()), std::string(error.what()) + ". " + next_step(error.reason())) {}

void fail_usage(const std::string& message) {
  throw Failure(ExitCode::kUsage, message + ". `app --help` lists the options");
}

double parse_number(const std::string& option, const std::string& text, double lowest, double highest) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (!text.empty() && *end == '\0' && number >= lowest && number <= highest) return number;
  fail_usage(option + " is " + printable(text) + ", but must be a number from " + shortest(lowest) + " to " +
             shortest(highest));
}

int parse_count(const std::string& option, const std::string& text, int lowest, int highest) {
  const double number = parse_number(option, text, lowest, highest);
  if (number != std::floor(number)) fail_usage(option + " is " + printable(text) + ", but must be a whole number");
  return static_cast<int>(number);
}

int run_program(const std::function<int()>& work) {
  const auto say = [](const std::string& message) { std::cerr << "error: " << message << "\n"; };
  const auto fail = [&](const Failure& failure) {
    say(failure.what());
    return failure.exit_code();
  };
  try {
    return work();
  } catch (const Failure& failure) {
    return fail(failure);
  } catch (const Error& error) {
    return fail(Failure(error));
  } catch (const std::bad_alloc&) {
    say("there is not enough memory. Close other programs, or export the model at a smaller size");
  } catch (const std::exception& error) {
    say(error.what());
  }
  return kUnexpectedExitCode;
}

std::string run_processor(const std::function<std::string()>& process) {
  try {
    return process();
  } catch (const std::exception& error) {
    throw Failure(ExitCode::kSomeFailed, "process() in src/app/processor.h failed: " + std::string(error.what()));
  }
}

std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text.substr(0, text.find_last_not_of('\n') + 1)) line += c == '\n' ? ", " : std::string(1, c);
  return line;
}

std::string program_folder() {
#ifdef __APPLE__
  std::array<char, PATH_MAX> buffer{};
  auto size = static_cast<std::uint32_t>(buffer.size());
  const fs::path path = _NSGetExecutablePath(buffer.data(), &size) == 0 ? buffer.data() : "";
#else
  const fs::path path = "/proc/self/exe";
#endif
  std::error_code ignored;
  return fs::canonical(path, ignored).parent_path().string();
}

std::string find_project_folder(const std::string& name, const std::string& marker) {
  const fs::path folder = program_folder();
  const fs::path built_from = fs::path(build_info::kProjectFolder) / name;
  for (const fs::path& candidate : {folder.parent_path() / name, folder.parent_path().parent_path() / name}) {
    std::error_code ignored;
    if (!folder.empty() && fs::is_regular_file(candidate / marker, ignored)) return candidate.string();
  }
  return built_from.string();
}

std::string find_model(const std::string& folder) {
  return (fs::path(folder.empty() ? find_project_folder("model", kModelFile) : folder) / kModelFile).string();
}

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
      throw Failure(ExitCode::kOutput, std::string("cannot write to standard output: ") + std::strerror(errno));
    }
    done += static_cast<std::size_t>(written);
  }
}

void install_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESETHAND | SA_RESTART;  // a second signal ends the program
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool stop_requested() { return stop; }

}  // namespace support
