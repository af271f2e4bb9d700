// How much memory this program takes.
#pragma once

namespace app {

// The most that was resident at any time, in MB (10^6 bytes).
double peak_resident_megabytes();

}  // namespace app
