#include "app/memory.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace app {

double peak_resident_megabytes() {
  // Not getrusage on Linux: its figure starts with that of the process that started this one.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    double kibibytes = 0;
    status >> kibibytes;
    return kibibytes * 1024 / 1e6;
  }
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;  // bytes, on macOS
}

}  // namespace app
