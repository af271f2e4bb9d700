#include "app/statistics.h"

#include "tools/check.h"

namespace {

TEST(the_median_lies_in_the_middle) {
  CHECK_EQUAL(app::summarize({3, 1, 2}).median, 2);
  CHECK_EQUAL(app::summarize({4, 1, 2, 3}).median, 2.5);
}

TEST(nine_tenths_are_at_most_p90) {
  std::vector<double> numbers;
  for (int i = 1; i <= 100; ++i) numbers.push_back(i);
  CHECK_EQUAL(app::summarize(numbers).p90, 90);
  CHECK_EQUAL(app::summarize({7}).p90, 7);
  CHECK_EQUAL(app::summarize({1, 2}).p90, 2);
}

TEST(no_measurements_come_to_nothing) {
  const app::Summary summary = app::summarize({});
  CHECK_EQUAL(summary.lowest, 0);
  CHECK_EQUAL(summary.median, 0);
}

}  // namespace
