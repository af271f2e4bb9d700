// Where the project's folders are, from any current directory.
#pragma once

#include <string>

namespace support {

// The folder `name` of the project ("model", "vectors") that holds the file `marker`. Looked for beside the project
// that the program lies in (build/release/app), beside the program's own folder (an installed bin/app), and where the
// project stood when it was built. Where none is found, the last of these, for the message.
std::string find_project_folder(const std::string& name, const std::string& marker);

// The path of model.pte in this folder; in the project's own one where none is named.
std::string find_model(const std::string& folder);

// The folder that this program lies in.
std::string program_folder();

}  // namespace support
