#include "app/inputs.h"

#include <filesystem>

#include "app/natural_order.h"
#include "tools/check.h"
#include "tools/temporary_folder.h"

namespace {

using app::expand_inputs;
using Kind = app::Input::Kind;

constexpr char kPicture[] = "P6\n1 1\n255\nabc";

TEST(numbers_in_names_count_as_numbers) {
  CHECK(app::naturally_before("2.jpg", "10.jpg"));
  CHECK(!app::naturally_before("10.jpg", "2.jpg"));
  CHECK(app::naturally_before("a2b3", "a2b10"));
  CHECK(app::naturally_before("a", "a1"));
  CHECK(app::naturally_before("01", "1") != app::naturally_before("1", "01"));
  CHECK(app::naturally_before("99999999999999999999998", "99999999999999999999999"));
  CHECK(!app::naturally_before("a", "a"));
  CHECK(app::naturally_before("z", "\xC3\xA9"));  // é: bytes above 127 come last, on every processor
}

TEST(a_folder_stands_for_its_pictures_and_videos_in_natural_order) {
  const test::TemporaryFolder folder;
  for (const char* name : {"10.ppm", "9.ppm", ".hidden.ppm"}) folder.write(name, kPicture);
  folder.write("notes.txt", "hello");
  folder.write("damaged.jpg", "????");
  std::filesystem::create_directory(folder.path("below.jpg"));
  const auto inputs = expand_inputs({folder.path()});
  CHECK_EQUAL(inputs.size(), 3U);
  CHECK_EQUAL(inputs.at(0).path, folder.path("9.ppm"));
  CHECK_EQUAL(inputs.at(1).path, folder.path("10.ppm"));
  CHECK_EQUAL(inputs.at(2).path, folder.path("damaged.jpg"));
  CHECK_EQUAL(expand_inputs({folder.path() + "/"}).at(0).path, folder.path("9.ppm"));
}

TEST(what_is_named_twice_is_done_twice_in_order) {
  const test::TemporaryFolder folder;
  const std::string a = folder.write("a.ppm", kPicture), b = folder.write("b.ppm", kPicture);
  const auto inputs = expand_inputs({b, a, b});
  CHECK_EQUAL(inputs.size(), 3U);
  CHECK_EQUAL(inputs.at(0).path, b);
  CHECK_EQUAL(inputs.at(2).path, b);
  CHECK(inputs.at(1).kind == Kind::kPicture);
}

TEST(what_cannot_be_used_says_why) {
  const test::TemporaryFolder folder;
  CHECK_EQUAL(expand_inputs({folder.path("none")}).at(0).problem, "there is no such file or folder");
  CHECK_EQUAL(expand_inputs({folder.write("empty.jpg", "")}).at(0).problem, "the file is empty");
  CHECK_EQUAL(expand_inputs({"/dev/null"}).at(0).kind == Kind::kUnusable, true);
  CHECK_EQUAL(expand_inputs({""}).at(0).kind == Kind::kUnusable, true);
  const test::TemporaryFolder nothing;
  CHECK_EQUAL(expand_inputs({nothing.path()}).at(0).problem, "no pictures or videos in this folder");
}

}  // namespace
