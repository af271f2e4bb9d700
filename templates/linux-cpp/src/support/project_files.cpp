#include "support/project_files.h"

#include <filesystem>
#include <system_error>

#include "build_info.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <array>
#include <climits>
#endif

namespace support {
namespace {

namespace fs = std::filesystem;

constexpr char kModelFile[] = "model.pte";

fs::path program_path() {
#ifdef __APPLE__
  std::array<char, PATH_MAX> buffer{};
  auto size = static_cast<std::uint32_t>(buffer.size());
  const fs::path path = _NSGetExecutablePath(buffer.data(), &size) == 0 ? buffer.data() : "";
#else
  const fs::path path = "/proc/self/exe";
#endif
  std::error_code ignored;
  return fs::canonical(path, ignored);  // empty where the system does not say
}

}  // namespace

std::string program_folder() { return program_path().parent_path().string(); }

std::string find_project_folder(const std::string& name, const std::string& marker) {
  const fs::path folder = program_path().parent_path();
  const fs::path built_from = fs::path(build_info::kProjectFolder) / name;
  for (const fs::path& candidate : {folder.parent_path().parent_path() / name, folder.parent_path() / name}) {
    std::error_code ignored;
    if (!folder.empty() && fs::is_regular_file(candidate / marker, ignored)) return candidate.string();
  }
  return built_from.string();
}

std::string find_model(const std::string& folder) {
  return (fs::path(folder.empty() ? find_project_folder("model", kModelFile) : folder) / kModelFile).string();
}

}  // namespace support
