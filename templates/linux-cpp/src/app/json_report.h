// Results as JSON: one object, for programs to read. README.md says what is in it.
#pragma once

#include <string>

#include "app/results.h"

namespace app {

std::string results_json(const Results& results);

// "name": value pairs that say which model this is, as an object.
std::string model_json();

}  // namespace app
