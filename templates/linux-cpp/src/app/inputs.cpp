#include "app/inputs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/file_kind.h"
#include "app/natural_order.h"

namespace app {
namespace {

namespace fs = std::filesystem;

Input unusable(const std::string& path, const std::string& problem) { return {path, Input::Kind::kUnusable, problem}; }

Input file_input(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return unusable(path, error.message());
  if (size == 0) return unusable(path, "the file is empty");
  if (!std::ifstream(path, std::ios::binary)) return unusable(path, "the file cannot be read");
  switch (kind_of_file(path)) {
    case FileKind::kPicture:
      return {path, Input::Kind::kPicture, ""};
    case FileKind::kVideo:
      return {path, Input::Kind::kVideo, ""};
    case FileKind::kUnknown:
      break;
  }
  return unusable(path, "neither a picture nor a video, by its content and its name");
}

void append_folder(const std::string& folder, std::vector<Input>& inputs) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (name[0] != '.' && entry->is_regular_file(ignored)) names.push_back(name);
  }
  if (error) {
    inputs.push_back(unusable(folder, error.message()));
    return;
  }
  std::sort(names.begin(), names.end(), naturally_before);
  bool found = false;
  for (const std::string& name : names) {
    const std::string path = folder.back() == '/' ? folder + name : folder + '/' + name;
    if (kind_of_file(path) == FileKind::kUnknown) continue;
    inputs.push_back(file_input(path));
    found = true;
  }
  if (!found) inputs.push_back(unusable(folder, "no pictures or videos in this folder"));
}

}  // namespace

std::vector<Input> expand_inputs(const std::vector<std::string>& arguments) {
  std::vector<Input> inputs;
  for (const std::string& argument : arguments) {
    std::error_code error;
    const fs::file_status status = fs::status(argument, error);
    if (!fs::exists(status)) {
      inputs.push_back(unusable(
          argument, status.type() == fs::file_type::none ? error.message() : "there is no such file or folder"));
    } else if (fs::is_directory(status)) {
      append_folder(argument, inputs);
    } else if (fs::is_regular_file(status)) {
      inputs.push_back(file_input(argument));
    } else {
      inputs.push_back(unusable(argument, "not a file or folder (a camera is --camera)"));
    }
  }
  return inputs;
}

}  // namespace app
