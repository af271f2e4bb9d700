// What a row of measurements comes to.
#pragma once

#include <vector>

namespace app {

struct Summary {
  double lowest = 0, median = 0, p90 = 0;  // nine tenths of the measurements are at most p90
};

// All 0 without measurements.
Summary summarize(std::vector<double> measurements);

}  // namespace app
