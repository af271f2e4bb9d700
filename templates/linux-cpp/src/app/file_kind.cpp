#include "app/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

namespace app {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kHeadBytes = 64;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  FileKind kind;
};

// The first that fits decides: a still picture's brand stands before the box that it shares with videos.
constexpr Signature kSignatures[] = {
    {0, "\xFF\xD8\xFF"sv, FileKind::kPicture},                    // JPEG
    {0, "\x89PNG\r\n\x1A\n"sv, FileKind::kPicture},               // PNG
    {0, "BM"sv, FileKind::kPicture},                              // BMP
    {0, "II*\0"sv, FileKind::kPicture},                           // TIFF
    {0, "MM\0*"sv, FileKind::kPicture},                           // TIFF
    {8, "WEBP"sv, FileKind::kPicture},                            // WebP
    {0, "\0\0\0\x0CjP  "sv, FileKind::kPicture},                  // JPEG 2000
    {0, "\x76\x2F\x31\x01"sv, FileKind::kPicture},                // OpenEXR
    {0, "#?RADIANCE"sv, FileKind::kPicture},                      // Radiance HDR
    {4, "ftypavif"sv, FileKind::kPicture},                        // AVIF
    {4, "ftypheic"sv, FileKind::kPicture},                        // HEIC
    {4, "ftypmif1"sv, FileKind::kPicture},                        // HEIF
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

}  // namespace

FileKind kind_of_content(std::string_view head) {
  for (const Signature& signature : kSignatures) {
    if (head.size() >= signature.offset && head.substr(signature.offset, signature.bytes.size()) == signature.bytes) {
      return signature.kind;
    }
  }
  return is_netpbm(head) ? FileKind::kPicture : FileKind::kUnknown;
}

FileKind kind_of_name(const std::string& path) {
  static const std::set<std::string> kPictures = {".jpg",  ".jpeg", ".jpe",  ".png",  ".bmp", ".dib", ".tif",
                                                  ".tiff", ".webp", ".jp2",  ".pbm",  ".pgm", ".ppm", ".pnm",
                                                  ".exr",  ".hdr",  ".avif", ".heic", ".heif"};
  static const std::set<std::string> kVideos = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg",
                                                ".wmv", ".asf", ".flv", ".ts",  ".gif",  ".3gp", ".ogv"};
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (kPictures.count(extension) > 0) return FileKind::kPicture;
  if (kVideos.count(extension) > 0) return FileKind::kVideo;
  return FileKind::kUnknown;
}

FileKind kind_of_file(const std::string& path) {
  std::array<char, kHeadBytes> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const FileKind kind = kind_of_content({head.data(), static_cast<std::size_t>(file.gcount())});
  return kind != FileKind::kUnknown ? kind : kind_of_name(path);
}

}  // namespace app
