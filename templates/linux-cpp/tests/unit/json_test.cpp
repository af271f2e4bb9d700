#include "app/json_report.h"
#include "app_model.h"
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

TEST(results_are_one_object_with_all_that_was_found) {
  app::Results results;
  vision::Detection detection;
  detection.x2 = 10.5F;
  detection.score = 0.75F;
  results.pictures.push_back({"a \"b\"\n\xFF.jpg", 640, 480, {{detection}, {1, 2, 3}}});
  results.failures.push_back({"none.jpg", "there is no such file"});
  const Json json = Json::parse(app::results_json(results));
  CHECK_EQUAL(json.members().size(), 3U);
  CHECK_EQUAL(json["model"]["classes"].number(), static_cast<double>(app::kModel.class_names.size()));
  CHECK_EQUAL(json["model"]["imgsz"].items()[0].integer(), app::kModel.input_height);
  const Json& picture = json["images"].items().at(0);
  CHECK_EQUAL(picture["path"].string(), "a \"b\"\n\xEF\xBF\xBD.jpg");
  CHECK_EQUAL(picture["height"].integer(), 480);
  CHECK_EQUAL(picture["timing_ms"]["total"].number(), 6);
  const Json& found = picture["detections"].items().at(0);
  CHECK_EQUAL(found["class_id"].integer(), 0);
  CHECK(found.has("class_name"));
  CHECK_EQUAL(found["score"].number(), 0.75);
  CHECK_EQUAL(found["box"].items().at(2).number(), 10.5);
  CHECK_EQUAL(json["errors"].items().at(0)["path"].string(), "none.jpg");
}

TEST(a_video_lists_its_frames) {
  app::Results results;
  results.videos.push_back({"a.mp4", 640, 480, 25, {{{}, {1, 1, 1}}, {{}, {2, 2, 2}}}});
  const Json json = Json::parse(app::results_json(results));
  CHECK_EQUAL(json["images"].items().size(), 0U);
  CHECK_EQUAL(json["videos"].items().at(0)["frames"].items().size(), 2U);
  CHECK_EQUAL(json["videos"].items().at(0)["fps"].number(), 25);
}

}  // namespace
