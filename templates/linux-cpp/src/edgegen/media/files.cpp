#include "media/files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "json/results.h"
#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

namespace fs = std::filesystem;

constexpr char kVideos[] = " .avi .gif .m4v .mkv .mov .mp4 .mpg .webm ";

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored).string();
}

}  // namespace

bool has_extension(const std::string& path, const std::string& extensions) {
  const std::string extension = support::lowercase(fs::path(path).extension().string());
  return !extension.empty() && extensions.find(" " + extension + " ") != std::string::npos;
}

bool is_video(const std::string& path) { return has_extension(path, kVideos); }

std::vector<std::string> list_files(const std::vector<std::string>& files_and_folders) {
  std::vector<std::string> files;
  for (const std::string& each : files_and_folders) {
    std::error_code error;
    if (!fs::is_directory(each, error)) {
      files.push_back(each);
      continue;
    }
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(each, error)) {
      const std::string path = entry.path().string();
      if (entry.is_regular_file(error) && (is_video(path) || is_picture(path))) found.push_back(path);
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

OutputNames::OutputNames(std::string folder, std::vector<std::string> inputs)
    : folder_(std::move(folder)), taken_(std::move(inputs)) {
  for (std::string& path : taken_) path = absolute(path);
}

std::string OutputNames::next(const std::string& input, std::string extension) {
  if (extension.empty()) extension = can_encode(input) ? fs::path(input).extension().string() : ".png";
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw support::Failure(support::ExitCode::kOutput,
                           "cannot create the folder " + support::printable(folder_) + ": " + error.message());
  }
  const fs::path stem = fs::path(folder_) / fs::path(input).stem();
  std::string path = stem.string() + extension;
  for (int number = 2; std::find(taken_.begin(), taken_.end(), absolute(path)) != taken_.end(); ++number) {
    path = stem.string() + "-" + std::to_string(number) + extension;
  }
  taken_.push_back(absolute(path));
  return path;
}

void write_map(const std::string& path, const vision::Result& result) {
  const json::Greys map = json::greys_of(result);
  cv::Mat values = cv::Mat(map.values, true).reshape(1, result.height);
  if (map.bits == 8) values.convertTo(values, CV_8U);
  write_picture(path, values);
}

}  // namespace media
