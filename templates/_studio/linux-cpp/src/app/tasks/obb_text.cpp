// Oriented boxes told.
#include "app/report.h"
#include "app/task.h"
#include "support/text.h"

namespace app {
namespace {

constexpr double kDegrees = 57.29577951308232;  // of a radian

}  // namespace

std::string more_text(const vision::Result& result, std::size_t number) {
  return support::right(support::fixed(result.rotated[number].angle * kDegrees, 1), 9) + " degrees";
}

}  // namespace app
