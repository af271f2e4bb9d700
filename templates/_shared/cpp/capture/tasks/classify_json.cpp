// Classes told.
#include "capture/told.h"
#include "support/text.h"

namespace capture {

std::vector<std::string> rows_json(const vision::Result& result, const vision::ModelInfo& model) {
  std::vector<std::string> rows;
  for (const vision::ClassScore& one : result.classes) {
    const std::string_view name = model.class_names[static_cast<std::size_t>(one.class_id)];
    rows.push_back(support::json_object({{"class_id", std::to_string(one.class_id)},
                                         {"class_name", support::json_string(name)},
                                         {"score", support::fixed(one.score, kScoreDecimals)}}));
  }
  return rows;
}

Greys greys_of(const vision::Result&) { return {}; }

}  // namespace capture
