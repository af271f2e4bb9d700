// Class maps as JSON: the share of the picture of each class.
#include "json/greys.h"
#include "json/results.h"
#include "support/text.h"

namespace json {
namespace {

// A model of one class marks its pixels with 1 and all others with 0.
std::string_view name_of(const vision::ClassScore& one, const vision::ModelInfo& model) {
  const bool is_alone = model.class_names.size() == 1;
  if (is_alone && one.class_id == 0) return "";
  return model.class_names[static_cast<std::size_t>(is_alone ? 0 : one.class_id)];
}

}  // namespace

std::vector<std::string> rows(const vision::Result& result, const vision::ModelInfo& model) {
  const auto share = [&model](const vision::ClassScore& one) {
    return support::json_object({{"class_id", std::to_string(one.class_id)},
                                 {"class_name", support::json_string(name_of(one, model))},
                                 {"share", support::fixed(one.score, kScoreDecimals)}});
  };
  return {"{\"classes\":" + support::json_list(result.classes, share) + "}"};
}

// A byte for every pixel.
Greys greys_of(const vision::Result& result) { return {8, result.class_map}; }

}  // namespace json
