// Classes told.
#include "app/report.h"
#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

constexpr std::size_t kNameWidth = 30, kScoreWidth = 7;  // characters

std::string_view name_of(const vision::ClassScore& one) {
  return kModel.class_names[static_cast<std::size_t>(one.class_id)];
}

}  // namespace

std::vector<std::string> counts(const vision::Result& result) {
  if (result.classes.empty()) return {};
  return {support::printable(name_of(result.classes[0])) + " " + support::fixed(result.classes[0].score, 3)};
}

std::string found_text(const vision::Result& result) {
  std::string text;
  for (const vision::ClassScore& one : result.classes) {
    text += "  " + support::left(support::printable(name_of(one)), kNameWidth) +
            support::right(support::fixed(one.score, 3), kScoreWidth) + "\n";
  }
  return text;
}

}  // namespace app
