// The detector on the project's real model.
#include "detector/detector.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "app_model.h"
#include "detector/model.h"
#include "detector/runtime.h"
#include "support/program.h"
#include "support/text.h"
#include "tools/check.h"

namespace {

using support::Reason;

std::string model() { return support::find_model(""); }

Reason reason_of_failure(const std::string& path) {
  try {
    const detector::Detector detector(app::kModel, path);
  } catch (const support::Error& error) {
    return error.reason();
  }
  throw std::runtime_error("the model was loaded");
}

TEST(same_picture_gives_equal_boxes_every_time) {
  vision::Thresholds thresholds = app::kModel.thresholds;
  thresholds.confidence = 0.001;
  detector::Detector detector(app::kModel, model(), thresholds);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64 * 48 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * i / 7));
  const vision::ImageView view = vision::bgr_view(pixels.data(), 64, 48, 64 * 3);
  const auto first = detector.detect(view).boxes;
  detector.detect(vision::bgr_view(pixels.data(), 48, 64, 48 * 3));
  const auto& again = detector.detect(view);
  CHECK_EQUAL(first.size(), again.boxes.size());
  for (std::size_t i = 0; i < first.size() && i < again.boxes.size(); ++i) {
    const vision::Detection &a = first[i], &b = again.boxes[i];
    CHECK(a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2 && a.score == b.score);
    CHECK(a.x1 >= 0 && a.x2 <= 64 && a.y1 >= 0 && a.y2 <= 48 && a.score <= 1);
  }
  CHECK(again.timing.inference > 0);
  CHECK(again.candidates >= static_cast<int>(again.boxes.size()));
}

TEST(detect_again_uses_new_thresholds_without_running_the_model) {
  vision::Thresholds low = app::kModel.thresholds, high = low;
  low.confidence = 0;
  high.confidence = 1;
  detector::Detector detector(app::kModel, model(), low);
  CHECK_THROWS(detector.detect_again(low), "needs a picture");
  const std::vector<std::uint8_t> pixels(64 * 48 * 3, 99);
  const vision::ImageView view = vision::bgr_view(pixels.data(), 64, 48, 64 * 3);
  const vision::Result first = detector.detect(view);
  CHECK(!first.boxes.empty());
  const vision::Result fewer = detector.detect_again(high);
  CHECK(fewer.boxes.empty());
  CHECK(fewer.width == 64 && fewer.height == 48);
  CHECK_EQUAL(fewer.timing.inference, first.timing.inference);
  CHECK_EQUAL(detector.detect_again(low).boxes.size(), first.boxes.size());
  CHECK_EQUAL(detector.detect(view).boxes.size(), first.boxes.size());  // what was set still holds
}

TEST(two_detectors_are_independent) {
  vision::Thresholds low = app::kModel.thresholds, none = low;
  low.confidence = 0;
  none.confidence = 1;
  detector::Detector one(app::kModel, model(), low), other(app::kModel, model(), none);
  const std::vector<std::uint8_t> pixels(64 * 48 * 3, 99);
  const vision::ImageView view = vision::bgr_view(pixels.data(), 64, 48, 64 * 3);
  const auto& found = one.detect(view).boxes;
  const std::size_t count = found.size();
  CHECK_EQUAL(other.detect(view).boxes.size(), 0U);
  CHECK(count > 0 && found.size() == count);
}

TEST(missing_and_damaged_models_have_different_reasons) {
  const test::TemporaryFolder folder;
  const std::string path = support::find_model(folder.path());
  CHECK(reason_of_failure(path) == Reason::kUnreadable);
  CHECK_THROWS(detector::Detector(app::kModel, path), "No such file");
  folder.write("model.pte", "not a model");
  CHECK(reason_of_failure(path) == Reason::kNotThisModel);
}

TEST(truncated_or_changed_model_is_rejected) {
  const test::TemporaryFolder folder;
  std::string bytes = test::read_file(model());
  const std::string path = folder.write("model.pte", bytes.substr(0, bytes.size() / 2));
  CHECK_THROWS(detector::Detector(app::kModel, path), "damaged");
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);  // one weight: it would load and run
  folder.write("model.pte", bytes);
  CHECK_THROWS(detector::Detector(app::kModel, path), "damaged");
  folder.write("model.pte", "");
  CHECK(reason_of_failure(path) == Reason::kNotThisModel);
}

TEST(model_info_that_does_not_fit_the_model_is_rejected) {
  vision::ModelInfo info = app::kModel;
  info.input_width += 32;
  CHECK_THROWS(detector::Detector(info, model()), "the input is");
  info = app::kModel;
  info.outputs = {};
  CHECK_THROWS(detector::Detector(info, model()), "outputs, expected 0");
  if (app::kModel.contract == vision::Contract::kDetections) return;  // says nothing of classes
  info = app::kModel;
  info.class_names = {};
  CHECK_THROWS(detector::Detector(info, model()), "of model_info.h contradict each other");
}

TEST(extra_program_is_checked_by_its_own_checksum) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("model.coreml.pte", test::read_file(model()));
  vision::Program program{"model.coreml.pte", "coreml", "Core ML", "float16", "0123", app::kModel.adler32, {}, {}, {}};
  const auto load = [&] { return detector::Detector(app::kModel, path, app::kModel.thresholds, &program).has_nan(); };
  CHECK(!load());
  ++program.adler32;
  CHECK_THROWS(load(), "expected SHA-256 0123");
  CHECK(detector::Detector(app::kModel, model()).program() == nullptr);
}

TEST(nan_of_an_output_is_noticed) {
  detector::Detector detector(app::kModel, model());
  CHECK(!detector.has_nan());
  if (app::kModel.input_steps.is_int8()) return;
  detector::Model& model = detector.model();
  std::fill_n(model.input().floats, app::kModel.input_height * app::kModel.input_width * 3, std::nanf(""));
  model.run();
  CHECK(detector.has_nan());
}

TEST(thread_count_cannot_change_while_a_model_is_loaded) {
  const int own_choice = detector::threads();
  CHECK(own_choice >= 1);
  const std::vector<std::uint8_t> pixels(64 * 48 * 3, 99);
  const vision::ImageView view = vision::bgr_view(pixels.data(), 64, 48, 64 * 3);
  for (const int threads : {1, 2, 4}) {
    detector::set_threads(threads);
    CHECK_EQUAL(detector::threads(), threads);
    detector::Detector detector(app::kModel, model());
    detector.detect(view);
    detector::set_threads(threads);  // as it is: nothing to change
    CHECK_THROWS(detector::set_threads(threads + 1), "a loaded model");
    CHECK_EQUAL(detector::threads(), threads);
  }
  detector::set_threads(0);
  CHECK_EQUAL(detector::threads(), own_choice);
}

}  // namespace
