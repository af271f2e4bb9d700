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
using support::printable;

constexpr std::size_t kNameWidth = 20, kScoreWidth = 7, kPixelWidth = 9;  // characters

std::string_view name_of(const vision::Detection& box) {
  return kModel.class_names[static_cast<std::size_t>(box.class_id)];
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

}  // namespace app
