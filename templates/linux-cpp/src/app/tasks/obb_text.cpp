// Oriented boxes told.
#include "app/report.h"
#include "app/task.h"
#include "support/text.h"
#include "vision/rotated_nms.h"

namespace app {
namespace {

constexpr int kAngleDecimals = 6;
constexpr double kDegrees = 57.29577951308232;  // of a radian

std::string pixels(float value) { return support::fixed(value, kPixelDecimals); }

}  // namespace

std::string more_text(const vision::Result& result, std::size_t number) {
  return support::right(support::fixed(result.rotated[number].angle * kDegrees, 1), 9) + " degrees";
}

std::string more_json(const vision::Result& result, std::size_t number) {
  const vision::RotatedBox& box = result.rotated[number];
  const auto point_json = [](const vision::Point& point) {
    return "[" + pixels(point.x) + "," + pixels(point.y) + "]";
  };
  return ",\"xywhr\":[" + pixels(box.cx) + "," + pixels(box.cy) + "," + pixels(box.width) + "," + pixels(box.height) +
         "," + support::fixed(box.angle, kAngleDecimals) +
         "],\"corners\":" + support::json_list(corners_of(box), point_json);
}

}  // namespace app
