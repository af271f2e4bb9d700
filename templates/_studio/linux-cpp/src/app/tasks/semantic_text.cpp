// Class maps told: which share of the picture each class has.
#include "app/report.h"
#include "app_model.h"
#include "support/text.h"

namespace app {
namespace {

constexpr std::size_t kNameWidth = 30, kShareWidth = 7;  // characters

// Of a model of one class, a pixel is 1 where it is of that class, and 0 elsewhere.
std::string name_of(const vision::ClassScore& one) {
  const bool is_alone = kModel.class_names.size() == 1;
  if (is_alone && one.class_id == 0) return "";
  return std::string(kModel.class_names[static_cast<std::size_t>(is_alone ? 0 : one.class_id)]);
}

std::string percent(const vision::ClassScore& one) { return support::fixed(100 * double{one.score}, 1) + " %"; }

}  // namespace

std::vector<std::string> counts(const vision::Result& result) {
  if (result.classes.empty()) return {};
  return {support::printable(name_of(result.classes[0])) + " " + percent(result.classes[0])};
}

std::string found_text(const vision::Result& result) {
  std::string text;
  for (const vision::ClassScore& one : result.classes) {
    text += "  " + support::left(support::printable(name_of(one)), kNameWidth) +
            support::right(percent(one), kShareWidth) + "\n";
  }
  return text;
}

}  // namespace app
