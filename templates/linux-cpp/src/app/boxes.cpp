// Boxes told.
#include <map>
#include <vector>

#include "app/report.h"
#include "app/task.h"
#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

using std::to_string;
using support::fixed;
using support::json_list;
using support::json_object;
using support::json_string;
using support::printable;

constexpr std::size_t kNameWidth = 20, kScoreWidth = 7, kPixelWidth = 9;  // characters

std::string_view name_of(const vision::Detection& box) {
  return kModel.class_names[static_cast<std::size_t>(box.class_id)];
}

std::string box_json(const vision::Result& result, std::size_t number) {
  const vision::Detection& box = result.boxes[number];
  const auto pixels = [](float corner) { return fixed(corner, kPixelDecimals); };
  std::string object = json_object({{"class_id", to_string(box.class_id)},
                                    {"class_name", json_string(name_of(box))},
                                    {"score", fixed(box.score, kScoreDecimals)},
                                    {"box", json_list(std::vector<float>{box.x1, box.y1, box.x2, box.y2}, pixels)}});
  const std::string id = result.track_ids.empty() ? "" : ",\"track_id\":" + to_string(result.track_ids[number]);
  return object.insert(object.size() - 1, id + more_json(result, number));
}

}  // namespace

std::vector<std::string> counts(const vision::Result& result) {
  std::map<int, int> numbers;
  for (const auto& box : result.boxes) ++numbers[box.class_id];
  std::vector<std::string> texts;
  for (const auto& [class_id, number] : numbers) {
    texts.push_back(to_string(number) + " " + printable(kModel.class_names[static_cast<std::size_t>(class_id)]));
  }
  return texts;
}

std::string found_text(const vision::Result& result) {
  std::string text;
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const vision::Detection& box = result.boxes[i];
    text +=
        "  " + support::left(printable(name_of(box)), kNameWidth) + support::right(fixed(box.score, 3), kScoreWidth);
    for (const float corner : {box.x1, box.y1, box.x2, box.y2}) text += support::right(fixed(corner, 1), kPixelWidth);
    if (!result.track_ids.empty()) text += "  #" + to_string(result.track_ids[i]);
    text += more_text(result, i) + "\n";
  }
  return text;
}

std::string found_json(const vision::Result& result) {
  std::string list = "[";
  for (std::size_t i = 0; i < result.boxes.size(); ++i) list += (i > 0 ? "," : "") + box_json(result, i);
  return list + "]";
}

}  // namespace app
