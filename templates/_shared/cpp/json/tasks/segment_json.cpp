// Masks as JSON.
#include "json/results.h"
#include "support/text.h"
#include "vision/contour.h"

namespace json {
namespace {

// The lengths of the runs of 0, 1, 0, ... in the bitmap, row by row.
std::vector<int> runs_of(const vision::Masks& masks, std::size_t number) {
  const vision::Masks::Part& part = masks.parts[number];
  std::vector<int> runs = {0};
  int value = 0;
  const auto add = [&](int next, int count) {
    if (count == 0) return;
    if (next != value) runs.push_back(0);
    value = next;
    runs.back() += count;
  };
  add(0, part.top * masks.width);
  for (int y = part.top; y < part.top + part.height; ++y) {
    const std::uint8_t* row = masks.row(number, y);
    add(0, part.left);
    for (int x = 0; x < part.width; ++x) add(row[x], 1);
    add(0, masks.width - part.left - part.width);
  }
  add(0, (masks.height - part.top - part.height) * masks.width);
  return runs;
}

}  // namespace

std::string members(const vision::Result& result, std::size_t number, const vision::ModelInfo&) {
  const vision::Masks& masks = result.masks;
  const auto point_json = [](const vision::Point& point) {
    return "[" + support::fixed(point.x, kPixelDecimals) + "," + support::fixed(point.y, kPixelDecimals) + "]";
  };
  return ",\"polygon\":" + support::json_list(polygon_of(result, number), point_json) + ",\"mask\":{\"size\":[" +
         std::to_string(masks.height) + "," + std::to_string(masks.width) +
         "],\"runs\":" + support::json_list(runs_of(masks, number), [](int run) { return std::to_string(run); }) + "}";
}

}  // namespace json
