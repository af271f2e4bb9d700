// A depth map as JSON: its nearest and farthest value.
#include "json/tasks/depth_json.h"

#include "json/greys.h"
#include "json/results.h"
#include "support/text.h"

namespace json {

std::vector<std::string> rows(const vision::Result& result, const vision::ModelInfo&) {
  const Range range = range_of(result);
  return {support::json_object(
      {{"min", support::fixed(range.lowest, kScoreDecimals)}, {"max", support::fixed(range.highest, kScoreDecimals)}})};
}

// 16 bits a pixel: 0 is the smallest depth, 65535 the largest.
Greys greys_of(const vision::Result& result) { return {16, scaled<std::uint16_t>(result, 65535)}; }

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

}  // namespace json
