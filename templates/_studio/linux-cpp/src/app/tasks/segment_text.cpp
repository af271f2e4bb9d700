// Masks told.
#include "app/report.h"
#include "app/task.h"
#include "support/text.h"

namespace app {
std::string more_text(const vision::Result& result, std::size_t number) {
  const vision::Masks::Part& part = result.masks.parts[number];
  long count = 0;
  for (int y = part.top; y < part.top + part.height; ++y) {
    const std::uint8_t* row = result.masks.row(number, y);
    for (int x = 0; x < part.width; ++x) count += row[x];
  }
  // The share of its box, which is the same at every size.
  const double area = static_cast<double>(part.width) * part.height;
  return support::right(support::fixed(100 * static_cast<double>(count) / area, 0), 5) + " % of it";
}

}  // namespace app
