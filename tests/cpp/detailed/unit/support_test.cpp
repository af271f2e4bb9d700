// Text, JSON, digests and the errors of the runtime.
#include <limits>

#include "detector/runtime.h"
#include "json_reader.h"
#include "parity/parity.h"
#include "support/checksum.h"
#include "support/text.h"
#include "tools/check.h"

namespace {

using std::string_literals::operator""s;
using detector::error_of_runtime;
using detector::Stage;
using parity::Json;
using support::Reason;

std::string round_trip(const std::string& text) { return Json::parse(support::json_string(text)).string(); }

TEST(any_text_is_equal_after_json) {
  for (const std::string& text :
       {""s, "plain"s, "\"\\/"s, "\n\t\r\x01\x1f\x7f"s, "a\0b"s, "h\xC3\xA9 \xF0\x9F\x98\x80"s}) {
    CHECK_EQUAL(round_trip(text), text);
  }
}

TEST(invalid_utf8_becomes_the_replacement_character) {
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

TEST(numbers_and_counts_are_formatted_without_a_locale) {
  CHECK_EQUAL(support::how_many(1, "picture"), "1 picture");
  CHECK_EQUAL(support::how_many(0, "frame"), "0 frames");
  CHECK_EQUAL(support::how_many(1, "box"), "1 box");
  CHECK_EQUAL(support::how_many(2, "box"), "2 boxes");
  CHECK_EQUAL(support::fixed(0.12345, 3), "0.123");
  CHECK_EQUAL(support::fixed(1e6, 0), "1000000");
  CHECK_EQUAL(support::fixed(std::numeric_limits<double>::quiet_NaN(), 3), "null");
  CHECK_EQUAL(support::shortest(0.25), "0.25");
}

TEST(json_reader_accepts_valid_and_rejects_invalid_json) {
  const Json value = Json::parse(R"( {"a": [1, -2.5e1, true, false, null], "b": "\u00e9\ud83d\ude00\n"} )");
  CHECK_EQUAL(value["a"].items().size(), 5U);
  CHECK_EQUAL(value["a"].items()[1].number(), -25);
  CHECK(value["a"].items()[2].boolean());
  CHECK_EQUAL(value["b"].string(), "\xC3\xA9\xF0\x9F\x98\x80\n");
  for (const char* wrong : {"", "{", "[1,]", "{\"a\":1,}", "[1 2]", "\"\n\"", "nul", "1 2", "{\"a\":1,\"a\":2}", "inf",
                            "1e999", "--1", "\"\\ud800\\u0041\"", "\"\\u-001\""}) {
    CHECK_THROWS(Json::parse(wrong), "not JSON");
  }
  CHECK_THROWS(Json::parse(std::string(1000, '[')), "too deep");
  CHECK_THROWS(value["c"], "has no c");
}

TEST(index_values_are_read_by_path) {
  const parity::Index index(R"( {"a": [1, -2.5e1, true, null], "b.c": {"d": "\u0009\"\\\n{"}, "e": [], "f": "1"} )");
  CHECK_EQUAL(index.size("a"), 4U);
  CHECK_EQUAL(index.number("a/1"), -25);
  CHECK(index.boolean("a/2"));
  CHECK_EQUAL(index.text("b.c/d"), "\t\"\\\n{");
  CHECK(index.integers("e").empty());
  CHECK_THROWS(index.text("c"), "has no c");
  CHECK_THROWS(index.number("a/3"), "no number");
  CHECK_THROWS(index.integer("b.c/d"), "no number");
  CHECK_THROWS(parity::Index("{\"a\": 1.5}").integer("a"), "no whole number");
  CHECK_THROWS(parity::Index("{\"a\": 1}").boolean("a"), "not true or false");
  for (const char* wrong : {"", "{", "[1", "{\"a\":1,\"a\":2}", "[1 2]", "\"x", "1 2", "{\"a\" 1}"}) {
    CHECK_THROWS(parity::Index{wrong}, "index.json");
  }
  CHECK_THROWS(parity::Index(std::string(1000, '[')), "too deep");
}

std::string digest(const std::string& text) { return support::sha256(text.data(), text.size()); }

TEST(sha256_gives_the_examples_of_the_standard) {
  CHECK_EQUAL(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_EQUAL(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_EQUAL(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK_EQUAL(digest(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// The padding needs a second block from 56 bytes on. As Python's hashlib gives them.
TEST(sha256_pads_every_length) {
  CHECK_EQUAL(digest(std::string(55, 'x')), "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072");
  CHECK_EQUAL(digest(std::string(56, 'x')), "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e");
  CHECK_EQUAL(digest(std::string(63, 'x')), "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2");
  CHECK_EQUAL(digest(std::string(64, 'x')), "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c");
  CHECK_EQUAL(digest(std::string(119, 'x')), "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c");
}

// As Python's zlib.adler32 gives them.
TEST(adler32_of_a_file_equals_that_of_zlib) {
  const test::TemporaryFolder folder;
  std::string ramp(200001, 0);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<char>(i * 7);
  CHECK_EQUAL(support::adler32_of_file(folder.write("empty", "")), 1U);
  CHECK_EQUAL(support::adler32_of_file(folder.write("word", "Wikipedia")), 0x11e60398U);
  CHECK_EQUAL(support::adler32_of_file(folder.write("largest", std::string(400000, '\xff'))), 0xd801c0adU);
  CHECK_EQUAL(support::adler32_of_file(folder.write("ramp", ramp)), 0xe51a2d2cU);
  CHECK_THROWS(support::adler32_of_file(folder.path("none")), "No such file");
}

// ExecuTorch's codes, as in its runtime/core/error.h.
constexpr std::uint32_t kOperatorMissing = 0x14, kNotFound = 0x20, kAccessFailed = 0x22, kInvalidProgram = 0x23,
                        kOutOfResources = 0x25, kOtherRelease = 0x30;

TEST(runtime_error_codes_map_to_reasons) {
  CHECK(error_of_runtime(kOperatorMissing, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kOperatorMissing);
  CHECK(error_of_runtime(kNotFound, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kBackendMissing);
  CHECK(error_of_runtime(kAccessFailed, Stage::kLoadProgram, "m.pte", "").reason() == Reason::kUnreadable);
  CHECK(error_of_runtime(kInvalidProgram, Stage::kLoadProgram, "m.pte", "").reason() == Reason::kDamaged);
  CHECK(error_of_runtime(kInvalidProgram, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kDamaged);
  CHECK(error_of_runtime(kOutOfResources, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kNoMemory);
  CHECK(error_of_runtime(kOtherRelease, Stage::kLoadMethod, "m.pte", "").reason() == Reason::kOtherRelease);
  CHECK(error_of_runtime(0xABC, Stage::kRun, "m.pte", "").reason() == Reason::kFailed);
}

TEST(runtime_error_message_has_file_code_and_log) {
  const std::string message =
      error_of_runtime(kOperatorMissing, Stage::kLoadMethod, "m.pte", "Missing operator: foo").what();
  for (const char* part : {"m.pte", "error 20", "Missing operator: foo", "operator"}) {
    CHECK(message.find(part) != std::string::npos);
  }
  CHECK(message.find('\n') == std::string::npos);
}

}  // namespace
