// Oriented boxes as JSON.
#include "json/results.h"
#include "support/text.h"
#include "vision/rotated_nms.h"

namespace json {
namespace {

constexpr int kAngleDecimals = 6;

std::string pixels(float value) { return support::fixed(value, kPixelDecimals); }

}  // namespace

std::string members(const vision::Result& result, std::size_t number, const vision::ModelInfo&) {
  const vision::RotatedBox& box = result.rotated[number];
  const auto point_json = [](const vision::Point& point) {
    return "[" + pixels(point.x) + "," + pixels(point.y) + "]";
  };
  return ",\"xywhr\":[" + pixels(box.cx) + "," + pixels(box.cy) + "," + pixels(box.width) + "," + pixels(box.height) +
         "," + support::fixed(box.angle, kAngleDecimals) +
         "],\"corners\":" + support::json_list(corners_of(box), point_json);
}

}  // namespace json
