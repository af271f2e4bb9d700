// The switch: whatever was shown before, a model finds what it finds alone. Files that are missing change nothing.
#include "app/models.h"

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "app/report.h"
#include "parity/vectors.h"
#include "support/program.h"

namespace {

namespace fs = std::filesystem;

int failures = 0;

void check(bool passed, const std::string& fact) {
  std::cout << (passed ? "passed  " : "FAILED  ") << fact << std::endl;
  if (!passed) ++failures;
}

// What the model that is shown finds in a golden picture of its own, with low scores too.
std::string seen_by(detector::Detector& detector, const parity::Picture& picture) {
  const std::vector<std::uint8_t> rgb = picture.bytes("picture");
  const vision::ImageView view{rgb.data(), picture.width, picture.height, 3 * picture.width, vision::PixelFormat::kRgb};
  detector.set_thresholds(picture.thresholds);
  return app::found_json(detector.detect(view));
}

parity::Picture picture_of(std::size_t number) {
  const fs::path vectors = support::find_project_folder("vectors", "index.json");
  return parity::Vectors((vectors / app::kModels[number].folder).string()).read(0);
}

std::string alone(std::size_t number) {
  app::use_model(number);
  detector::Detector detector(app::kModel, app::path_of_model(""));
  return seen_by(detector, picture_of(number));
}

void a_model_finds_what_it_finds_alone() {
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < app::kModels.size(); ++i) expected.push_back(alone(i));
  app::use_model(0);
  app::Switch models{app::Options()};
  for (std::size_t i = 0; i < 2 * app::kModels.size(); ++i) {
    const std::size_t number = app::used_model();
    check(number == i % app::kModels.size() && seen_by(models.detector(), picture_of(number)) == expected[number],
          std::string(app::kModels[number].key) + " finds what it finds alone");
    models.next();
  }
}

// As on a board where only the first model was copied.
void a_model_that_is_missing_leaves_the_one_before() {
  const fs::path folder = fs::path(support::program_folder()) / "only_the_first";
  fs::remove_all(folder);
  fs::create_directory(folder);
  const std::string expected = alone(0);
  fs::copy_file(app::path_of_model(""), folder / "model.pte");
  app::Options options;
  options.model_folder = folder.string();
  app::Switch models(options);
  const bool switched = models.next();
  check(!switched && app::used_model() == 0 && seen_by(models.detector(), picture_of(0)) == expected,
        "a model that is missing leaves the one before");
  fs::remove_all(folder);
}

}  // namespace

int main() {
  return support::run_program([] {
    a_model_finds_what_it_finds_alone();
    a_model_that_is_missing_leaves_the_one_before();
    return failures == 0 ? 0 : 1;
  });
}
