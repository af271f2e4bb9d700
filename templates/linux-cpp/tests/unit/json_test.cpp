#include "parity/json_reader.h"
#include "tools/check.h"

namespace {

using parity::Json;

TEST(the_reader_knows_json) {
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

}  // namespace
