#include "app/file_kind.h"

#include "tools/check.h"
#include "tools/temporary_folder.h"

namespace {

using app::FileKind;
using std::string_literals::operator""s;

TEST(content_says_what_a_file_is) {
  CHECK(app::kind_of_content("\xFF\xD8\xFF\xE0") == FileKind::kPicture);
  CHECK(app::kind_of_content("\x89PNG\r\n\x1A\n....") == FileKind::kPicture);
  CHECK(app::kind_of_content("P6\n4 4\n255\n") == FileKind::kPicture);
  CHECK(app::kind_of_content("RIFF\0\0\0\0WEBPVP8 "s) == FileKind::kPicture);
  CHECK(app::kind_of_content("RIFF\0\0\0\0AVI LIST"s) == FileKind::kVideo);
  CHECK(app::kind_of_content("\0\0\0\x20"s + "ftypisom") == FileKind::kVideo);
  CHECK(app::kind_of_content("\0\0\0\x20"s + "ftypavif") == FileKind::kPicture);
  CHECK(app::kind_of_content("\x1A\x45\xDF\xA3") == FileKind::kVideo);
  CHECK(app::kind_of_content("hello") == FileKind::kUnknown);
  CHECK(app::kind_of_content("") == FileKind::kUnknown);
}

TEST(the_name_decides_only_where_the_content_says_nothing) {
  const test::TemporaryFolder folder;
  CHECK(app::kind_of_file(folder.write("a.mp4", "\xFF\xD8\xFF\xE0")) == FileKind::kPicture);
  CHECK(app::kind_of_file(folder.write("damaged.JPG", "????")) == FileKind::kPicture);
  CHECK(app::kind_of_file(folder.write("damaged.mov", "????")) == FileKind::kVideo);
  CHECK(app::kind_of_file(folder.write("notes.txt", "????")) == FileKind::kUnknown);
}

}  // namespace
