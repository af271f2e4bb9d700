#include "app/statistics.h"

#include <algorithm>
#include <cstddef>

namespace app {

Summary summarize(std::vector<double> measurements) {
  if (measurements.empty()) return {};
  std::sort(measurements.begin(), measurements.end());
  const std::size_t count = measurements.size();
  const double median = (measurements[(count - 1) / 2] + measurements[count / 2]) / 2;
  const std::size_t rank = (count * 9 + 9) / 10;  // nearest rank: ceil(0.9 * count)
  return {measurements.front(), median, measurements[rank - 1]};
}

}  // namespace app
