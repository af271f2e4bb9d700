#include "app/files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "support/text.h"

namespace app {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  FileKind kind;
};

// The first that fits decides.
constexpr Signature kSignatures[] = {
    {0, "\xFF\xD8\xFF"sv, FileKind::kJpeg},
    {0, "\x89PNG\r\n\x1A\n"sv, FileKind::kPng},
    {0, "BM"sv, FileKind::kPicture},                              // BMP
    {0, "II*\0"sv, FileKind::kPicture},                           // TIFF
    {0, "MM\0*"sv, FileKind::kPicture},                           // TIFF
    {8, "WEBP"sv, FileKind::kPicture},                            // WebP
    {0, "\0\0\0\x0CjP  "sv, FileKind::kPicture},                  // JPEG 2000
    {0, "\x76\x2F\x31\x01"sv, FileKind::kPicture},                // OpenEXR
    {0, "#?RADIANCE"sv, FileKind::kPicture},                      // Radiance HDR
    {4, "ftyp"sv, FileKind::kVideo},                              // MP4, MOV
    {8, "AVI "sv, FileKind::kVideo},                              // AVI
    {0, "\x1A\x45\xDF\xA3"sv, FileKind::kVideo},                  // Matroska, WebM
    {0, "GIF8"sv, FileKind::kVideo},                              // GIF: its frames
    {0, "\0\0\x01\xBA"sv, FileKind::kVideo},                      // MPEG
    {0, "FLV\x01"sv, FileKind::kVideo},                           // Flash
    {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, FileKind::kVideo},  // ASF, WMV
};

// PBM, PGM and PPM: "P1" to "P6" and a blank.
bool is_netpbm(std::string_view head) {
  return head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
         std::isspace(static_cast<unsigned char>(head[2]));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the run of digits at the front, without its leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  text.remove_prefix(end);
  return number;
}

Input unusable(const std::string& path, const std::string& problem) { return {path, FileKind::kUnknown, problem}; }

Input file_input(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return unusable(path, error.message());
  if (size == 0) return unusable(path, "the file is empty");
  if (!std::ifstream(path, std::ios::binary)) return unusable(path, "the file cannot be read");
  const FileKind kind = kind_of_file(path);
  return {path, kind, kind == FileKind::kUnknown ? "neither a picture nor a video, by its content and its name" : ""};
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

std::string resolved(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored).string();
}

}  // namespace

std::string_view heif_format(std::string_view head) {
  // Those of single pictures and of bursts, coded as HEVC. Any can be the first, with the others behind it.
  constexpr std::string_view kHeic[] = {"heic", "heix", "heim", "heis", "hevc", "hevx",
                                        "hevm", "hevs", "mif1", "mif2", "msf1", "miaf"};
  constexpr std::size_t kBrands = 8, kBrandBytes = 4;
  if (head.size() < kBrands + kBrandBytes || head.substr(4, 4) != "ftyp") return "";
  std::size_t box = 0;  // its size in bytes: the brands fill it
  for (const char byte : head.substr(0, 4)) box = box << 8 | static_cast<unsigned char>(byte);
  const std::size_t end = std::min(head.size(), std::max(box, kBrands + kBrandBytes));
  std::string_view format;
  for (std::size_t i = kBrands; i + kBrandBytes <= end; i += kBrandBytes) {
    const std::string_view brand = head.substr(i, kBrandBytes);
    if (brand == "avif" || brand == "avis") return "AVIF";
    if (std::find(std::begin(kHeic), std::end(kHeic), brand) != std::end(kHeic)) format = "HEIC";
  }
  return format;
}

bool is_webp(std::string_view head) {
  return head.substr(0, 4) == "RIFF" && head.size() >= 12 && head.substr(8, 4) == "WEBP";
}

FileKind kind_of_content(std::string_view head) {
  if (!heif_format(head).empty()) return FileKind::kPicture;
  for (const Signature& signature : kSignatures) {
    if (head.size() >= signature.offset && head.substr(signature.offset, signature.bytes.size()) == signature.bytes) {
      return signature.kind;
    }
  }
  return is_netpbm(head) ? FileKind::kPicture : FileKind::kUnknown;
}

FileKind kind_of_name(const std::string& path) {
  static const std::map<FileKind, std::set<std::string>> kExtensions = {
      {FileKind::kJpeg, {".jpg", ".jpeg", ".jpe"}},
      {FileKind::kPng, {".png"}},
      {FileKind::kPicture,
       {".bmp", ".dib", ".tif", ".tiff", ".webp", ".jp2", ".pbm", ".pgm", ".ppm", ".pnm", ".exr", ".hdr", ".avif",
        ".heic", ".heif", ".hif"}},
      {FileKind::kVideo,
       {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".asf", ".flv", ".ts", ".gif", ".3gp",
        ".ogv"}}};
  const std::string extension = support::lowercase(fs::path(path).extension().string());
  for (const auto& [kind, extensions] : kExtensions) {
    if (extensions.count(extension) > 0) return kind;
  }
  return FileKind::kUnknown;
}

FileKind kind_of_file(const std::string& path) {
  std::array<char, kHeadBytes> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const FileKind kind = kind_of_content({head.data(), static_cast<std::size_t>(file.gcount())});
  return kind != FileKind::kUnknown ? kind : kind_of_name(path);
}

bool naturally_before(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a, whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view number_a = take_number(a), number_b = take_number(b);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
    } else {
      // As bytes: a char has a sign on some processors, and none on others.
      if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // 01 and 1
}

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

bool is_same_place(const std::string& a, const std::string& b) {
  // Without the slash that may stand behind a folder.
  const auto place = [](const std::string& path) { return resolved(fs::absolute(fs::path(path) / "").parent_path()); };
  return place(a) == place(b);
}

OutputNames::OutputNames(const std::string& folder, const std::vector<std::string>& sources) : folder_(folder) {
  for (const std::string& source : sources) sources_.insert(resolved(source));
}

std::string OutputNames::next(const std::string& source, const std::string& extension) {
  return next_of(source, {extension.empty() ? fs::path(source).extension().string() : extension})[0];
}

std::vector<std::string> OutputNames::next_of(const std::string& source, const std::vector<std::string>& endings) {
  const std::string stem = fs::path(source).stem().string();
  const auto is_free = [this](const std::string& path) {
    return used_.count(path) == 0 && sources_.count(resolved(path)) == 0;
  };
  for (int number = 1;; ++number) {
    const std::string suffix = number == 1 ? "" : "_" + std::to_string(number);
    std::vector<std::string> paths;
    for (const std::string& ending : endings) paths.push_back((fs::path(folder_) / (stem + suffix + ending)).string());
    if (!std::all_of(paths.begin(), paths.end(), is_free)) continue;
    used_.insert(paths.begin(), paths.end());
    return paths;
  }
}

}  // namespace app
