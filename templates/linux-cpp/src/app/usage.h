// What --help and --version say.
#pragma once

#include <string>

namespace app {

std::string help_text();
std::string version_text();

}  // namespace app
