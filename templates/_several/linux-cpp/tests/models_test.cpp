// Switching changes no result: each model detects the same as in an app of its own. A missing model is skipped.
#include "app/models.h"

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "json/results.h"
#include "parity/parity.h"
#include "support/program.h"

namespace {

namespace fs = std::filesystem;

int failures = 0;

void check(bool passed, const std::string& fact) {
  std::cout << (passed ? "passed  " : "FAILED  ") << fact << std::endl;
  if (!passed) ++failures;
}

// The detections in a golden picture, with low scores too.
std::string detections_of(detector::Detector& detector, const parity::Picture& picture) {
  detector.set_thresholds(picture.thresholds);
  return json::list(json::rows(detector.detect(picture.view()), app::kModel));
}

parity::Picture picture_of(std::size_t number) {
  const fs::path vectors = support::find_project_folder("vectors", "index.json");
  return parity::Vectors((vectors / app::kModels[number].folder).string()).read(0);
}

std::string alone(std::size_t number) {
  app::use_model(number);
  detector::Detector detector(app::kModel, app::path_of_model(""));
  return detections_of(detector, picture_of(number));
}

void test_each_model_detects_the_same_as_alone() {
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < app::kModels.size(); ++i) expected.push_back(alone(i));
  app::use_model(0);
  app::Switch models{app::Options()};
  for (std::size_t i = 0; i < 2 * app::kModels.size(); ++i) {
    const std::size_t number = app::used_model();
    check(number == i % app::kModels.size() && detections_of(models.detector(), picture_of(number)) == expected[number],
          std::string(app::kModels[number].key) + " detects the same as alone");
    models.next();
  }
}

// For example on a board to which only the first model was copied.
void test_missing_model_keeps_the_current_one() {
  const fs::path folder = fs::path(support::program_folder()) / "only_the_first";
  fs::remove_all(folder);
  fs::create_directory(folder);
  const std::string expected = alone(0);
  fs::copy_file(app::path_of_model(""), folder / "model.pte");
  app::Options options;
  options.model_folder = folder.string();
  app::Switch models(options);
  const bool switched = models.next();
  check(!switched && app::used_model() == 0 && detections_of(models.detector(), picture_of(0)) == expected,
        "a missing model keeps the current one");
  fs::remove_all(folder);
}

}  // namespace

int main() {
  return support::run_program([] {
    test_each_model_detects_the_same_as_alone();
    test_missing_model_keeps_the_current_one();
    return failures == 0 ? 0 : 1;
  });
}
