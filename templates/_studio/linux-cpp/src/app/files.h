// Which files there are to do, and what their results are called.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace app {

enum class FileKind { kJpeg, kPng, kPicture, kVideo, kUnknown };  // kPicture: of another kind

// By its first bytes, or by its name where they say nothing.
FileKind kind_of_file(const std::string& path);

// By the first kHeadBytes of a file.
inline constexpr std::size_t kHeadBytes = 64;
FileKind kind_of_content(std::string_view head);

// Of a file that begins so: "HEIC" or "AVIF", and empty if it is neither.
std::string_view heif_format(std::string_view head);
bool is_webp(std::string_view head);

// By the extension of its name.
FileKind kind_of_name(const std::string& path);

// Names in the order of a person: 2.jpg before 10.jpg.
bool naturally_before(std::string_view a, std::string_view b);

// Whether two names are, or would be, of one place.
bool is_same_place(const std::string& a, const std::string& b);

struct Input {
  std::string path;  // as typed; below a folder, with the folder as typed in front
  FileKind kind = FileKind::kUnknown;
  std::string problem;  // why it is unusable; empty: it is not
};

// In the order of the arguments, folders replaced by the pictures and videos directly in them, in natural order. Names
// that begin with a dot, and files that are neither, are passed over in a folder; named by themselves they are
// unusable.
std::vector<Input> expand_inputs(const std::vector<std::string>& arguments);

// Gives every result the base name of its source; a second one of the same name gets a number (bus_2.jpg). No result
// takes the place of a source, even when they are to go into the folder that the sources are in.
class OutputNames {
 public:
  OutputNames(const std::string& folder, const std::vector<std::string>& sources);

  // The path for the result of a source. extension: with its dot; empty: the source's own.
  std::string next(const std::string& source, const std::string& extension);

  // Paths for several of one source, which end so (photo-1.png, photo-2.png); all of them get the same number.
  std::vector<std::string> next_of(const std::string& source, const std::vector<std::string>& endings);

 private:
  std::string folder_;
  std::set<std::string> sources_;  // absolute
  std::set<std::string> used_;
};

}  // namespace app
