// Poses told.
#include "app/report.h"
#include "app/task.h"
#include "app_model.h"
#include "support/text.h"
#include "vision/keypoints.h"

namespace app {
namespace {

constexpr int kValuesWithScore = 3;  // x, y and whether it is seen

// Of the thing with this number.
std::vector<vision::Keypoint> points_of(const vision::Result& result, std::size_t number) {
  const auto count = static_cast<std::ptrdiff_t>(kModel.keypoints);
  const auto first = result.keypoints.begin() + static_cast<std::ptrdiff_t>(number) * count;
  return {first, first + count};
}

}  // namespace

std::string model_more_json() {
  if (kModel.keypoint_names.empty()) return "";
  return ",\"keypoint_names\":" + support::json_list(kModel.keypoint_names, support::json_string);
}

// Nothing where the model does not say what is seen.
std::string more_text(const vision::Result& result, std::size_t number) {
  if (kModel.keypoint_values < kValuesWithScore) return "";
  int visible = 0;
  for (const vision::Keypoint& point : points_of(result, number)) visible += vision::is_visible(point) ? 1 : 0;
  return "  " + std::to_string(visible) + " of " + support::how_many(kModel.keypoints, "point");
}

}  // namespace app
