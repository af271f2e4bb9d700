// Boxes as JSON.
#include "json/results.h"
#include "support/text.h"

namespace json {
namespace {

using std::to_string;
using support::fixed;

std::string box_json(const vision::Result& result, std::size_t number, const vision::ModelInfo& model) {
  const vision::Detection& box = result.boxes[number];
  const std::string_view name = model.class_names[static_cast<std::size_t>(box.class_id)];
  const auto pixels = [](float corner) { return fixed(corner, kPixelDecimals); };
  std::string object =
      support::json_object({{"class_id", to_string(box.class_id)},
                            {"class_name", support::json_string(name)},
                            {"score", fixed(box.score, kScoreDecimals)},
                            {"box", support::json_list(std::vector<float>{box.x1, box.y1, box.x2, box.y2}, pixels)}});
  const std::string id = result.track_ids.empty() ? "" : ",\"track_id\":" + to_string(result.track_ids[number]);
  return object.insert(object.size() - 1, id + members(result, number, model));
}

}  // namespace

std::vector<std::string> rows(const vision::Result& result, const vision::ModelInfo& model) {
  std::vector<std::string> objects;
  for (std::size_t i = 0; i < result.boxes.size(); ++i) objects.push_back(box_json(result, i, model));
  return objects;
}

}  // namespace json
