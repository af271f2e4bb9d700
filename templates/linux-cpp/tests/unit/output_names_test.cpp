#include "app/output_names.h"

#include "tools/check.h"
#include "tools/temporary_folder.h"

namespace {

TEST(results_have_the_names_of_their_sources) {
  app::OutputNames names("out", {"a/bus.jpg"});
  CHECK_EQUAL(names.next("a/bus.jpg", ""), "out/bus.jpg");
  CHECK_EQUAL(names.next("a/clip.gif", ".mp4"), "out/clip.mp4");
}

TEST(equal_names_get_numbers) {
  app::OutputNames names("out", {});
  CHECK_EQUAL(names.next("a/bus.jpg", ""), "out/bus.jpg");
  CHECK_EQUAL(names.next("b/bus.jpg", ""), "out/bus_2.jpg");
  CHECK_EQUAL(names.next("c/bus.jpg", ""), "out/bus_3.jpg");
}

TEST(a_source_is_never_written_over) {
  const test::TemporaryFolder folder;
  const std::string source = folder.write("bus.jpg", "x"), other = folder.write("bus_2.jpg", "x");
  app::OutputNames names(folder.path() + "/.", {source, other});
  CHECK_EQUAL(names.next(source, ""), folder.path() + "/./bus_3.jpg");
}

}  // namespace
