// What every program of this project needs around its work: exit codes, folders, standard output, and stopping.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "support/error.h"

namespace support {

// The numbers are the program's exit codes.
enum class ExitCode {
  kSomeFailed = 1,  // some pictures could not be read
  kUsage = 2,
  kModel = 3,    // the model, or what was made from it, is missing, damaged or another one
  kBackend = 4,  // a backend or an operator is not linked in, or failed
  kOutput = 5,   // a result could not be written
  kCamera = 6,
  kStopped = 130,  // what a shell expects of a program that was stopped by Ctrl-C
};

// How the program ends when something goes wrong. The message is one line: what is wrong, with the value, and what to
// do next.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  explicit Failure(const Error& error);

  int exit_code() const { return static_cast<int>(code_); }

 private:
  ExitCode code_;
};

// Does the program's work and returns its exit code; what the work throws is one line on standard error.
int run_program(const std::function<int()>& work);

// The folder `name` of the project ("model", "vectors") that holds the file `marker`. Looked for beside the project
// that the program lies in (build/release/app), beside the program's own folder (an installed bin/app), and where the
// project stood when it was built. Where none is found, the last of these, for the message.
std::string find_project_folder(const std::string& name, const std::string& marker);

// The path of model.pte in this folder; in the project's own one where none is named.
std::string find_model(const std::string& folder);

// The folder that this program lies in.
std::string program_folder();

// While it lives, what libraries write to standard output goes to standard error instead (OpenCV, FFmpeg, GStreamer and
// Qt do so now and then): what comes out is what is written here.
class StandardOutput {
 public:
  StandardOutput();
  ~StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  // Throws Failure (kOutput) when not all of it could be written.
  void write(const std::string& text);
  bool is_broken() const { return broken_; }

 private:
  int descriptor_;
  bool broken_ = false;
};

// From now on SIGINT and SIGTERM are taken note of, for the run to end at the next frame or picture with everything
// closed; a second one ends the program at once. A file that may not grow any more (SIGXFSZ) is an error of its write,
// not the end of the program.
void install_stop_signals();
bool stop_requested();

}  // namespace support
