// The detector on the project's real model.
#include "detector/detector.h"

#include <filesystem>
#include <vector>

#include "detector/threads.h"
#include "support/error.h"
#include "support/project_files.h"
#include "tools/check.h"
#include "tools/temporary_folder.h"

namespace {

using support::ErrorKind;

std::string model_folder() { return support::find_project_folder("model", detector::kModelFile); }

ErrorKind kind_of_failure(const std::string& folder) {
  try {
    const detector::Detector detector(folder, {});
  } catch (const support::Error& error) {
    return error.kind();
  }
  throw std::runtime_error("the model was loaded");
}

TEST(a_picture_gives_the_same_boxes_every_time) {
  detector::Options options;
  options.thresholds.confidence = 0.001;
  detector::Detector detector(model_folder(), options);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64 * 48 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * i / 7));
  const vision::ImageView view{pixels.data(), 64, 48, 64 * 3, vision::PixelFormat::kBgr};
  const auto first = detector.detect(view).detections;
  detector.detect({pixels.data(), 48, 64, 48 * 3, vision::PixelFormat::kBgr});
  const auto& again = detector.detect(view);
  CHECK_EQUAL(first.size(), again.detections.size());
  for (std::size_t i = 0; i < first.size() && i < again.detections.size(); ++i) {
    const vision::Detection &a = first[i], &b = again.detections[i];
    CHECK(a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2 && a.score == b.score);
    CHECK(a.x1 >= 0 && a.x2 <= 64 && a.y1 >= 0 && a.y2 <= 48 && a.score <= 1);
  }
  CHECK(again.timing.inference > 0);
  CHECK(again.candidates >= static_cast<int>(again.detections.size()));
}

TEST(a_missing_model_is_told_from_a_damaged_one) {
  const test::TemporaryFolder folder;
  CHECK(kind_of_failure(folder.path()) == ErrorKind::kModel);
  CHECK_THROWS(detector::Detector(folder.path(), {}), "No such file");
  CHECK_THROWS(detector::Detector(folder.path(), {}), "--model DIR");
}

TEST(a_model_that_is_cut_or_changed_is_refused) {
  const test::TemporaryFolder folder;
  std::string model = test::read_file(model_folder() + "/" + detector::kModelFile);
  folder.write(detector::kModelFile, model.substr(0, model.size() / 2));
  CHECK_THROWS(detector::Detector(folder.path(), {}), "damaged");
  model[model.size() / 2] = static_cast<char>(~model[model.size() / 2]);  // one weight: it would load and run
  folder.write(detector::kModelFile, model);
  CHECK_THROWS(detector::Detector(folder.path(), {}), "damaged");
  folder.write(detector::kModelFile, "");
  CHECK(kind_of_failure(folder.path()) == ErrorKind::kModel);
}

TEST(there_is_a_thread_at_least) { CHECK(detector::threads() >= 1); }

}  // namespace
