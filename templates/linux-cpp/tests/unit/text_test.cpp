#include "support/text.h"

#include <limits>

#include "parity/json_reader.h"
#include "tools/check.h"

namespace {

using std::string_literals::operator""s;

std::string round_trip(const std::string& text) { return parity::Json::parse(support::json_string(text)).string(); }

TEST(any_text_survives_json) {
  for (const std::string& text :
       {""s, "plain"s, "\"\\/"s, "\n\t\r\x01\x1f\x7f"s, "a\0b"s, "h\xC3\xA9 \xF0\x9F\x98\x80"s}) {
    CHECK_EQUAL(round_trip(text), text);
  }
}

TEST(what_is_not_utf8_becomes_the_replacement_character) {
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK_EQUAL(round_trip("a\xFFz"), "a" + replacement + "z");
  CHECK_EQUAL(round_trip("\xC0\x80"), replacement + replacement);                    // too long for what it says
  CHECK_EQUAL(round_trip("\xED\xA0\x80"), replacement + replacement + replacement);  // half of a pair
  CHECK_EQUAL(round_trip("\xE2\x82"), replacement + replacement);                    // cut off
}

TEST(control_characters_do_not_reach_the_terminal) {
  CHECK_EQUAL(support::printable("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
  CHECK_EQUAL(support::printable("\xC2\x9B"), "\\x9b");  // an escape by itself
  CHECK_EQUAL(support::printable("gpj\xE2\x80\xAE"), "gpj\\u202e");
  CHECK_EQUAL(support::printable("h\xC3\xA9"), "h\xC3\xA9");
}

TEST(numbers_are_plain) {
  CHECK_EQUAL(support::fixed(0.12345, 3), "0.123");
  CHECK_EQUAL(support::fixed(1e6, 0), "1000000");
  CHECK_EQUAL(support::fixed(std::numeric_limits<double>::quiet_NaN(), 3), "null");
  CHECK_EQUAL(support::shortest(0.25), "0.25");
}

}  // namespace
