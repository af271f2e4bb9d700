// For every program of this project: exit codes, folders, standard output, and Ctrl-C.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "support/text.h"

namespace support {

// The numbers are the program's exit codes.
enum class ExitCode {
  kSomeFailed = 1,  // some files could not be read, or the result processor failed
  kUsage = 2,
  kModel = 3,    // the model or the vectors are missing, damaged, or of another model
  kBackend = 4,  // a backend or an operator is not linked in, or failed
  kOutput = 5,   // a result could not be written
  kCamera = 6,
  kStopped = 130,  // by Ctrl-C, as shells expect
};

// Ends the program. The message is one line: what is wrong, with the value, and what to do.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  explicit Failure(const Error& error);

  int exit_code() const { return static_cast<int>(code_); }

 private:
  ExitCode code_;
};

// Ends the program because of a wrong command line.
[[noreturn]] void fail_usage(const std::string& message);

// Returns the number after an option. Throws Failure (kUsage) if it is not in this range.
double parse_number(const std::string& option, const std::string& text, double lowest, double highest);

// The same for a whole number.
int parse_count(const std::string& option, const std::string& text, int lowest, int highest);

// Runs the program and returns its exit code. Prints exceptions as one line on standard error.
int run_program(const std::function<int()>& work);

// Returns the text of the project's ResultProcessor. Throws Failure (kSomeFailed), which names it, if its code throws.
std::string run_processor(const std::function<std::string()>& process);

// Returns the lines of a text as one line, for the terminal: "first, second".
std::string on_one_line(const std::string& text);

// Returns the project's folder `name` ("model", "vectors") with the file `marker`. Looks next to an installed bin/, in
// the project of the program (build/release/app), and in the folder in which the project was built. If there is none,
// returns the last of these, for the message.
std::string find_project_folder(const std::string& name, const std::string& marker);

// Returns the path of model.pte in this folder; empty: the project's own.
std::string find_model(const std::string& folder);

// Returns the folder of this program; empty: unknown.
std::string program_folder();

// Standard output for this program only: while it exists, libraries that print (OpenCV, FFmpeg, GStreamer, Qt) print to
// standard error.
class StandardOutput {
 public:
  StandardOutput();
  ~StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  // Throws Failure (kOutput) if it cannot be written.
  void write(const std::string& text);

 private:
  int descriptor_;
};

// While it lives, nothing is printed to standard error: OpenCV and the libraries below it print lines about a damaged
// picture, for which the app has an error of its own.
class SilentErrors {
 public:
  SilentErrors(const SilentErrors&) = delete;
  SilentErrors& operator=(const SilentErrors&) = delete;
  SilentErrors() { dup2(nowhere_, STDERR_FILENO); }
  ~SilentErrors() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    close(nowhere_);
  }

 private:
  const int kept_ = dup(STDERR_FILENO), nowhere_ = open("/dev/null", O_WRONLY);
};

// After this call, SIGINT and SIGTERM make stop_requested() true, so that the run ends at the next frame; a second one
// ends the program. SIGXFSZ becomes an error of the write.
void install_stop_signals();
bool stop_requested();

}  // namespace support
