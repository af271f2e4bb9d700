// Classes as JSON.
#include "json/results.h"
#include "support/text.h"

namespace json {

std::vector<std::string> rows(const vision::Result& result, const vision::ModelInfo& model) {
  std::vector<std::string> objects;
  for (const vision::ClassScore& one : result.classes) {
    const std::string_view name = model.class_names[static_cast<std::size_t>(one.class_id)];
    objects.push_back(support::json_object({{"class_id", std::to_string(one.class_id)},
                                            {"class_name", support::json_string(name)},
                                            {"score", support::fixed(one.score, kScoreDecimals)}}));
  }
  return objects;
}

}  // namespace json
