#include "program_choice.h"

#include <filesystem>

#include "build_info.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

namespace fs = std::filesystem;

std::string reason_of(const Machine& machine, bool has_file) {
  if (!machine.has_fma) return "not an x86 processor with FMA";
  if (machine.has_avx512) return "x86 with AVX-512";
  if (!machine.is_affected) return "this build of ExecuTorch has fast 3x3 convolutions";
  if (!has_file) return "the program for x86 without AVX-512 is missing";
  return "";
}

}  // namespace

Machine this_machine() {
  Machine machine;
#if defined(__x86_64__)
  machine.has_fma = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  machine.has_avx512 = __builtin_cpu_supports("avx512f") != 0;
#endif
  machine.is_affected = build_info::kHasSlowConvolutions;
  return machine;
}

std::string ProgramChoice::json() const {
  return support::json_object(
      {{"file", support::json_string(fs::path(path).filename().string())}, {"reason", support::json_string(reason)}});
}

ProgramChoice choose_program(const vision::ModelInfo& model, const std::string& path, const std::string& wanted,
                             const Machine& machine) {
  const std::string first = fs::path(path).filename().string();
  const std::string other(model.extra_programs[0].file);
  const std::string other_path = (fs::path(path).parent_path() / other).string();
  if (wanted == first) return {path, "--program"};
  if (wanted == other) return {other_path, "--program"};
  if (!wanted.empty()) {
    support::fail_usage("--program is " + support::printable(wanted) + ", but must be " + first + " or " + other);
  }
  std::error_code ignored;
  const std::string reason = reason_of(machine, fs::is_regular_file(other_path, ignored));
  if (!reason.empty()) return {path, reason};
  return {other_path, "x86 with FMA, without AVX-512"};
}

}  // namespace app
