// From the arguments to the list of what there is to do.
#pragma once

#include <string>
#include <vector>

namespace app {

struct Input {
  enum class Kind { kPicture, kVideo, kUnusable };
  std::string path;  // as typed; below a folder, with the folder as typed in front
  Kind kind = Kind::kUnusable;
  std::string problem;  // why it is unusable
};

// In the order of the arguments, folders replaced by the pictures and videos directly in them, in natural order. Names
// that begin with a dot, and files that are neither, are passed over in a folder; named by themselves they are
// unusable.
std::vector<Input> expand_inputs(const std::vector<std::string>& arguments);

}  // namespace app
