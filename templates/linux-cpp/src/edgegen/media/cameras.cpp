#include "media/cameras.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "media/csi.h"
#include "support/program.h"
#include "support/text.h"

namespace media {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kMostDigits = 4;  // of an index

std::string advice(CameraKind kind) {
  switch (kind) {
    case CameraKind::kDevice:
      return "Is it plugged in, used by another program, or is your user not in the group `video`? `v4l2-ctl "
             "--list-devices` lists the cameras. A ribbon camera is `--camera csi`";
    case CameraKind::kCsi:
      return kCsiAdvice;
    case CameraKind::kFile:
      return "OpenCV cannot read this video. Convert it to MP4 with H.264";
    case CameraKind::kAddress:
      return "Is the address right, and the camera on the network?";
    case CameraKind::kPipeline:
      return "Try it with `gst-launch-1.0`. It must end in `videoconvert ! video/x-raw,format=BGR ! appsink`";
  }
  return "";
}

// A password may contain an unescaped slash or @, and a path may contain a login, so what is in doubt is left out.
std::string shown_address(const std::string& source) {
  const std::size_t begin = source.find("://") + 3;
  std::string rest = source.substr(begin);
  const std::size_t at = rest.rfind('@', rest.find_first_of("/?#"));
  if (at != kNone) rest.erase(0, at + 1);
  if (rest.find('@') != kNone) return source.substr(0, begin) + "...";
  const std::size_t query = rest.find_first_of("?#;&=");
  if (query == kNone) return source.substr(0, begin) + rest;
  const std::size_t slash = rest.rfind('/', query);
  return source.substr(0, begin) + rest.substr(0, slash == kNone ? 0 : slash + 1) + "...";
}

// Without words like location=rtsp://... and user-pw="two words".
std::string shown_pipeline(const std::string& source) {
  std::string shown, word;
  bool is_quoted = false;
  for (const char c : source + " ") {
    if (c == '"' || c == '\'') is_quoted = !is_quoted;
    if (c != ' ' || is_quoted) {
      word += c;
      continue;
    }
    if (!word.empty() && word.find('=') == kNone) shown += (shown.empty() ? "" : " ") + word;
    word.clear();
  }
  return shown;
}

}  // namespace

CameraKind kind_of_camera(const std::string& source) {
  if (source == kCsiName) return CameraKind::kCsi;
  const bool is_index = !source.empty() && source.size() <= kMostDigits &&
                        std::all_of(source.begin(), source.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::error_code ignored;
  if (is_index || source.rfind("/dev/", 0) == 0 || std::filesystem::is_character_file(source, ignored)) {
    return CameraKind::kDevice;
  }
  const std::size_t scheme = source.find("://"), blank = source.find_first_of(" !");
  if (scheme != kNone && scheme < blank) return CameraKind::kAddress;
  const bool is_pipeline = source.find('!') != kNone && !std::filesystem::exists(source, ignored);
  return is_pipeline ? CameraKind::kPipeline : CameraKind::kFile;
}

CameraKind parse_camera(const std::string& source) {
  const CameraKind kind = kind_of_camera(source);
  std::error_code ignored;
  const bool is_number = source.find_first_not_of("0123456789.,+-") == kNone;
  if (kind == CameraKind::kFile && is_number && !std::filesystem::exists(source, ignored)) {
    support::fail_usage("--camera is " + support::printable(source) + ", but an index is a whole number: 0 to 9999");
  }
  return kind;
}

std::string shown_camera(const std::string& source) {
  const CameraKind kind = kind_of_camera(source);
  if (kind == CameraKind::kAddress) return shown_address(source);
  return kind == CameraKind::kPipeline ? shown_pipeline(source) : source;
}

void fail_camera(const std::string& source, const std::string& problem) {
  throw support::Failure(support::ExitCode::kCamera, "the camera " + support::printable(shown_camera(source)) + " " +
                                                         problem + ". " + advice(kind_of_camera(source)));
}

}  // namespace media
