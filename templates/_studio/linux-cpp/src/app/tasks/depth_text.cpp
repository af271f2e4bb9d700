// Depth told: from the least distance to the greatest.
#include "app/report.h"
#include "app/task.h"
#include "json/tasks/depth_json.h"
#include "support/text.h"

namespace app {

std::vector<std::string> counts(const vision::Result& result) {
  const json::Range range = json::range_of(result);
  if (!range.any) return {};
  return {"from " + support::fixed(range.lowest, 2) + " to " + support::fixed(range.highest, 2)};
}

std::string found_text(const vision::Result&) { return ""; }

}  // namespace app
