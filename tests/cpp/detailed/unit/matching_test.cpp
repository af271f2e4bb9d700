#include <cmath>

#include "app_model.h"
#include "json_reader.h"
#include "parity/box_stages.h"
#include "support/program.h"
#include "tools/check.h"

namespace {

using vision::Detection;

const parity::Rule kRule = {0.005, 0.5, 0.005, 0.01};

vision::Thresholds thresholds() {
  vision::Thresholds result;
  result.confidence = 0.25;
  result.iou = 0.7;
  result.max_detections = 300;
  return result;
}

Detection box(float x, float score, int class_id = 0) { return {x, 0, x + 100, 100, score, class_id, 0}; }

std::size_t problems(const std::vector<Detection>& ours, const std::vector<Detection>& theirs,
                     const vision::Thresholds& asked = thresholds()) {
  return match(ours, theirs, asked, kRule).problems.size();
}

TEST(equal_lists_match) {
  const auto result = match({box(0, 0.9F), box(200, 0.5F)}, {box(0.2F, 0.9F), box(200, 0.501F)}, thresholds(), kRule);
  CHECK_EQUAL(result.pairs.size(), 2U);
  CHECK_NEAR(result.pairs.at(0).corner, 0.2, 1e-5);
  CHECK_NEAR(result.pairs.at(1).score, 0.001, 1e-5);
  CHECK(result.problems.empty());
}

TEST(unmatched_detection_is_a_problem) {
  CHECK_EQUAL(problems({box(0, 0.9F)}, {}), 1U);
  CHECK_EQUAL(problems({}, {box(0, 0.9F)}), 1U);
  CHECK_EQUAL(problems({box(0, 0.9F, 1)}, {box(0, 0.9F, 2)}), 2U);  // another class
  CHECK_EQUAL(problems({box(0, 0.9F)}, {box(50, 0.9F)}), 2U);       // another place
}

TEST(problem_names_the_side_that_has_the_detection) {
  parity::Rule rule = kRule;
  const auto said = [&] { return match({}, {box(0, 0.9F)}, thresholds(), rule).problems.at(0); };
  CHECK_EQUAL(said(), "only PyTorch shows: class 0, score 0.9000, box 0.0 0.0 100.0 100.0");
  rule.compared_with = "the int8 model in Python";
  CHECK_EQUAL(said(), "only the int8 model in Python shows: class 0, score 0.9000, box 0.0 0.0 100.0 100.0");
}

TEST(unmatched_detection_near_the_confidence_is_no_problem) {
  CHECK_EQUAL(problems({box(0, 0.2549F)}, {}), 0U);
  CHECK_EQUAL(problems({box(0, 0.2551F)}, {}), 1U);
}

TEST(unmatched_detection_far_below_the_confidence_is_a_problem) {
  vision::Thresholds low = thresholds();
  low.confidence = 0.05;
  CHECK_EQUAL(problems({box(0, 0.0451F)}, {}, low), 0U);
  CHECK_EQUAL(problems({box(0, 0.0449F)}, {}, low), 1U);
  CHECK_EQUAL(problems({box(0, 0.9F), box(300, 0.01F)}, {box(0, 0.9F)}, low), 1U);
  low.max_detections = 1;  // the other side is full: it cuts off all that is below its last score
  CHECK_EQUAL(problems({box(0, 0.9F), box(300, 0.3F)}, {box(0, 0.9F)}, low), 0U);
}

TEST(max_detections_of_0_excuses_no_detection) {
  vision::Thresholds none = thresholds();
  none.max_detections = 0;
  CHECK_EQUAL(problems({}, {}, none), 0U);
  CHECK_EQUAL(problems({box(0, 0.9F)}, {}, none), 1U);
}

TEST(unmatched_detection_near_the_last_score_of_a_full_list_is_no_problem) {
  vision::Thresholds two = thresholds();
  two.max_detections = 2;
  CHECK_EQUAL(problems({box(0, 0.9F), box(300, 0.502F)}, {box(0, 0.9F), box(600, 0.5F)}, two), 0U);
  CHECK_EQUAL(problems({box(0, 0.9F), box(300, 0.52F)}, {box(0, 0.9F), box(600, 0.5F)}, two), 1U);
}

TEST(unmatched_detection_with_an_overlap_near_the_iou_of_nms_is_no_problem) {
  // Moved by 17.647: an IoU of exactly 0.7.
  CHECK_EQUAL(problems({box(0, 0.9F), box(17.7F, 0.8F)}, {box(0, 0.9F)}), 0U);
  CHECK_EQUAL(problems({box(0, 0.9F), box(30, 0.8F)}, {box(0, 0.9F)}), 1U);
  CHECK_EQUAL(problems({box(0, 0.9F, 1), box(17.7F, 0.8F)}, {box(0, 0.9F, 1)}), 1U);  // of another class
}

TEST(overlap_excuses_no_detection_without_nms) {
  parity::Rule rule = kRule;
  rule.has_nms = false;
  const std::vector<Detection> two = {box(0, 0.9F), box(17.7F, 0.8F)}, one = {box(0, 0.9F)};
  CHECK_EQUAL(match(two, one, thresholds(), rule).problems.size(), 1U);
  CHECK_EQUAL(match(one, {box(0, 0.9F), box(300, 0.254F)}, thresholds(), rule).problems.size(), 0U);
  rule.most = 1;  // the model gives no more
  CHECK_EQUAL(match({box(300, 0.899F)}, {box(0, 0.9F)}, thresholds(), rule).problems.size(), 0U);
}

TEST(extra_program_may_keep_the_other_one_of_two_nearly_equal_boxes) {
  parity::Rule rule = kRule;
  rule.may_swap = true;
  const auto problems_of = [&](const Detection& ours, const Detection& theirs) {
    return match({ours}, {theirs}, thresholds(), rule).problems.size();
  };
  CHECK_EQUAL(problems_of(box(0, 0.9F), box(12, 0.897F)), 0U);  // an IoU of 0.79
  CHECK_EQUAL(problems({box(0, 0.9F)}, {box(12, 0.897F)}), 2U);
  CHECK_EQUAL(problems_of(box(0, 0.9F), box(12, 0.89F)), 2U);       // scores differ
  CHECK_EQUAL(problems_of(box(0, 0.9F), box(30, 0.9F)), 2U);        // NMS would keep both
  CHECK_EQUAL(problems_of(box(0, 0.9F, 1), box(12, 0.9F, 2)), 2U);  // another class
  // One box explains one box.
  CHECK_EQUAL(match({box(0, 0.9F), box(300, 0.9F)}, {box(12, 0.9F)}, thresholds(), rule).problems.size(), 1U);
  rule.has_nms = false;
  CHECK_EQUAL(problems_of(box(0, 0.9F), box(12, 0.897F)), 2U);
}

TEST(only_near_equal_scores_may_swap_without_nms) {
  parity::Rule rule = kRule;
  rule.has_nms = false;
  const std::vector<Detection> far = {box(0, 0.9F), box(300, 0.89F)}, near = {box(0, 0.9F), box(300, 0.897F)};
  CHECK_EQUAL(match({far[1], far[0]}, far, thresholds(), rule).problems.size(), 1U);
  CHECK_EQUAL(match({near[1], near[0]}, near, thresholds(), rule).problems.size(), 0U);
  CHECK_EQUAL(match({far[1], far[0]}, far, thresholds(), kRule).problems.size(), 0U);
}

TEST(report_without_comparisons_has_not_passed) {
  parity::Report report;
  report.stages = {{"raw", 0.015, "logits", 0, 0, {}}};
  CHECK(!report.passed());
  report.stages.push_back({"nms", 0, "differences", 0, 4, {}});
  CHECK(report.passed());
  const parity::Json json = parity::Json::parse(report_json(report));
  CHECK_EQUAL(json["missing"].items().at(0).string(), "raw");
  report.stages.back().add(1);
  CHECK(!report.passed());
}

std::string last_line(const parity::Report& report) {
  const std::string table = report_table(report);
  return table.substr(table.rfind('\n', table.size() - 2) + 1);
}

TEST(report_names_what_the_app_is_compared_with) {
  const parity::Stage same{"nms", 0, "differences", 0, 4, {}}, other{"nms", 0, "differences", 1, 4, {}};
  parity::Report report;
  report.images = 2;
  report.detections = 3;
  for (const std::string whose : {"PyTorch", "the int8 model in Python"}) {
    report.compared_with = whose;
    report.stages = {same};
    CHECK_EQUAL(last_line(report), "2 pictures, 3 detections: the same as " + whose + "\n");
    report.stages = {other};
    CHECK_EQUAL(last_line(report), "2 pictures, 3 detections: NOT the same as " + whose + "\n");
    report.stages = {same, {"raw", 0.015, "logits", 0, 0, {}}};
    CHECK_EQUAL(last_line(report),
                "2 pictures, 3 detections: the same as " + whose + ", as far as the vectors have data\n");
  }
  report.images = report.detections = 1;
  report.stages = {same};
  CHECK_EQUAL(last_line(report), "1 picture, 1 detection: the same as the int8 model in Python\n");
}

TEST(int8_model_is_compared_with_the_int8_model_in_python) {
  const std::string vectors = support::find_project_folder("vectors", "index.json");
  vision::ModelInfo info = app::kModel;
  const auto compared_with = [&](std::string_view precision) {
    info.precision = precision;
    return parity::run(info, support::find_model(""), vectors).compared_with;
  };
  CHECK_EQUAL(compared_with("float32"), "PyTorch");
  CHECK_EQUAL(compared_with("int8, loses 0.41 points of mAP50-95"), "the int8 model in Python");
}

TEST(tolerances_of_an_extra_program_replace_those_of_the_vectors) {
  const std::string folder = support::find_project_folder("vectors", "index.json");
  const vision::Program::Tolerance tolerances[] = {{"raw", 0.75}, {"corner", 4.5}};
  const vision::Program program{"model.coreml.pte", "coreml", "Core ML", "float16", "", 0, {}, tolerances, {}};
  const parity::Vectors own(folder), further(folder, &program);
  CHECK_EQUAL(further.tolerance("raw"), 0.75);
  CHECK_EQUAL(further.tolerance("corner"), 4.5);
  CHECK_EQUAL(further.tolerance("letterbox"), own.tolerance("letterbox"));
  CHECK(own.tolerance("raw") != 0.75 && !own.is_extra_program() && further.is_extra_program());
}

TEST(parity_of_an_extra_program_uses_its_tolerances_and_looks_for_nan) {
  const std::string vectors = support::find_project_folder("vectors", "index.json"), path = support::find_model("");
  vision::Program program{"model.pte", "coreml", "Core ML", "float16", "", app::kModel.adler32, {}, {}, {}};
  const auto report_with = [&](const vision::Program::Tolerance& tolerance) {
    const vision::Program::Tolerance tolerances[] = {tolerance};
    program.tolerances = tolerances;
    detector::Detector detector(app::kModel, path, app::kModel.thresholds, &program);
    return parity::run(app::kModel, detector, parity::Vectors(vectors, detector.program()));
  };
  const parity::Report loose = report_with({"raw", 100}), strict = report_with({"raw", -1});
  CHECK(loose.passed());
  CHECK(!strict.passed());
  CHECK_EQUAL(loose.stages.at(3).name, "numbers");
  CHECK_EQUAL(loose.stages.at(3).compared, static_cast<long>(loose.images));
  for (const parity::Stage& stage : parity::run(app::kModel, path, vectors).stages) CHECK(stage.name != "numbers");
}

TEST(nan_difference_fails_the_stage) {
  parity::Stage stage{"tensor", 1e-6, "", 0, 0, {}};
  stage.add(std::nan(""));
  CHECK(!stage.passed());
}

}  // namespace
