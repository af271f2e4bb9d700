// What annotated pictures are called.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace app {

// Gives every result the base name of its source; a second one of the same name gets a number (bus_2.jpg). No result
// takes the place of a source, even when they are to go into the folder that the sources are in.
class OutputNames {
 public:
  OutputNames(const std::string& folder, const std::vector<std::string>& sources);

  // The path for the result of a source. extension: with its dot; empty: the source's own.
  std::string next(const std::string& source, const std::string& extension);

 private:
  std::string folder_;
  std::set<std::string> sources_;  // absolute
  std::set<std::string> used_;
};

}  // namespace app
