#include "app/newest_frame.h"

#include <thread>

#include "tools/check.h"

namespace {

using std::chrono::milliseconds;

TEST(only_the_newest_frame_is_handed_over) {
  app::NewestFrame<int> frames;
  for (int i = 1; i <= 3; ++i) {
    int frame = i;
    frames.publish(frame);
  }
  int taken = 0;
  CHECK(frames.take(taken, milliseconds(0)));
  CHECK_EQUAL(taken, 3);
  CHECK_EQUAL(frames.skipped(), 2);
  CHECK(!frames.take(taken, milliseconds(0)));
}

TEST(the_last_frame_is_still_there_after_the_end) {
  app::NewestFrame<int> frames;
  int frame = 5;
  frames.publish(frame);
  frames.close();
  CHECK(!frames.is_done());
  int taken = 0;
  CHECK(frames.take(taken, milliseconds(0)));
  CHECK(frames.is_done());
}

TEST(a_waiting_thread_wakes_up_for_a_frame) {
  app::NewestFrame<int> frames;
  std::thread camera([&] {
    std::this_thread::sleep_for(milliseconds(20));
    int frame = 7;
    frames.publish(frame);
  });
  int taken = 0;
  CHECK(frames.take(taken, milliseconds(10000)));
  CHECK_EQUAL(taken, 7);
  camera.join();
}

}  // namespace
