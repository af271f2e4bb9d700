// Depth told: from the least distance to the greatest.
#include "app/report.h"
#include "app/task.h"
#include "support/text.h"

namespace app {

std::vector<std::string> counts(const vision::Result& result) {
  const Range range = range_of(result);
  return {"from " + support::fixed(range.lowest, 2) + " to " + support::fixed(range.highest, 2)};
}

std::string found_text(const vision::Result&) { return ""; }

std::string found_json(const vision::Result& result) {
  const Range range = range_of(result);
  return "[" +
         support::json_object({{"min", support::fixed(range.lowest, kScoreDecimals)},
                               {"max", support::fixed(range.highest, kScoreDecimals)}}) +
         "]";
}

Range range_of(const vision::Result& result) {
  Range range;
  for (const float depth : result.depth) {
    if (!(depth - depth == 0)) continue;  // not a number, or infinite
    if (!range.any || depth < range.lowest) range.lowest = depth;
    if (!range.any || depth > range.highest) range.highest = depth;
    range.any = true;
  }
  return range;
}

}  // namespace app
