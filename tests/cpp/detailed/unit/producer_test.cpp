// The thread that works ahead of the main thread.
#include "media/producer.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "tools/check.h"

namespace {

using media::Producer;

// Returns a `make` that counts from 1 to `last`.
std::function<bool(int&)> counting(int last) {
  return [last, count = 0](int& item) mutable {
    item = ++count;
    return count <= last;
  };
}

TEST(producers_in_a_row_keep_every_item_in_order) {
  Producer<int> first(counting(1000));
  Producer<int> second([&](int& item) {
    if (!first.next(item)) return false;
    item *= 2;
    return true;
  });
  int item = 0;
  for (int i = 1; i <= 1000; ++i) {
    CHECK(second.next(item));
    CHECK_EQUAL(item, 2 * i);
  }
  CHECK(!second.next(item));
  CHECK(!second.next(item));
}

TEST(error_of_a_producer_reaches_the_caller_after_the_items_before_it) {
  Producer<int> failing([count = 0](int& item) mutable {
    if (++count == 3) throw std::runtime_error("the source failed");
    item = count;
    return true;
  });
  Producer<int> next([&](int& item) { return failing.next(item); });
  int item = 0;
  CHECK(next.next(item));
  CHECK(next.next(item));
  CHECK_EQUAL(item, 2);
  CHECK_THROWS(next.next(item), "the source failed");
}

TEST(producer_ends_while_its_thread_waits_for_the_caller) {
  std::atomic<int> made{0};
  {
    const Producer<int> endless([&](int& item) {
      item = ++made;
      return true;
    });
    while (made < 2) std::this_thread::yield();
  }
  CHECK_EQUAL(made, 2);  // one in the slot, and one that waited
}

}  // namespace
