#include "support/sha256.h"

#include "tools/check.h"
#include "tools/temporary_folder.h"

namespace {

std::string digest(const std::string& text) {
  support::Sha256 hash;
  hash.update(text.data(), text.size());
  return hash.hex_digest();
}

TEST(the_standards_examples_come_out) {
  CHECK_EQUAL(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_EQUAL(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_EQUAL(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK_EQUAL(digest(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(pieces_give_what_the_whole_gives) {
  for (std::size_t cut = 0; cut <= 130; ++cut) {
    const std::string text(130, 'x');
    support::Sha256 hash;
    hash.update(text.data(), cut);
    hash.update(text.data() + cut, text.size() - cut);
    CHECK_EQUAL(hash.hex_digest(), digest(text));
  }
}

TEST(a_file_is_read_in_pieces) {
  const test::TemporaryFolder folder;
  const std::string content(200001, 'y');
  CHECK_EQUAL(support::sha256_of_file(folder.write("file", content)), digest(content));
  CHECK_THROWS(support::sha256_of_file(folder.path("none")), "No such file");
}

}  // namespace
