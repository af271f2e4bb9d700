// Poses as JSON.
#include "json/results.h"
#include "support/text.h"

namespace json {

std::string members(const vision::Result& result, std::size_t number, const vision::ModelInfo& model) {
  const auto count = static_cast<std::ptrdiff_t>(model.keypoints);
  const auto first = result.keypoints.begin() + static_cast<std::ptrdiff_t>(number) * count;
  const auto point_json = [](const vision::Keypoint& point) {
    return "[" + support::fixed(point.x, kPixelDecimals) + "," + support::fixed(point.y, kPixelDecimals) + "," +
           support::fixed(point.score, kScoreDecimals) + "]";
  };
  return ",\"keypoints\":" + support::json_list(std::vector<vision::Keypoint>(first, first + count), point_json);
}

}  // namespace json
