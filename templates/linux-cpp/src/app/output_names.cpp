#include "app/output_names.h"

#include <filesystem>
#include <system_error>

namespace app {
namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored).string();
}

}  // namespace

OutputNames::OutputNames(const std::string& folder, const std::vector<std::string>& sources) : folder_(folder) {
  for (const std::string& source : sources) sources_.insert(resolved(source));
}

std::string OutputNames::next(const std::string& source, const std::string& extension) {
  const fs::path name = fs::path(source).filename();
  const std::string stem = name.stem().string();
  const std::string ending = extension.empty() ? name.extension().string() : extension;
  fs::path path = fs::path(folder_) / (stem + ending);
  for (int number = 2; used_.count(path.string()) > 0 || sources_.count(resolved(path)) > 0; ++number) {
    path = fs::path(folder_) / (stem + "_" + std::to_string(number) + ending);
  }
  used_.insert(path.string());
  return path.string();
}

}  // namespace app
