// Names in the order of a person: 2.jpg before 10.jpg.
#pragma once

#include <string_view>

namespace app {

bool naturally_before(std::string_view a, std::string_view b);

}  // namespace app
