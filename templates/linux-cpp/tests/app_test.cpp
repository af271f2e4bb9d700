// The app from the outside: for a golden picture it prints what PyTorch shows. Run in the app's folder.
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <opencv2/imgproc.hpp>

#include "app/pictures.h"
#include "app_model.h"
#include "parity/vectors.h"
#include "support/program.h"

namespace {

// Corners are in pixels.
constexpr double kScoreTolerance = 0.005, kCornerTolerance = 0.5, kProbabilityTolerance = 1e-4;

// Gives the picture back bit for bit.
void write_png(const parity::Picture& picture, const std::string& path) {
  std::vector<std::uint8_t> rgb = picture.bytes("picture");
  cv::Mat bgr;
  cv::cvtColor(cv::Mat(picture.height, picture.width, CV_8UC3, rgb.data()), bgr, cv::COLOR_RGB2BGR);
  app::write_picture(bgr, path);
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  for (int c; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  const int status = pipe != nullptr ? pclose(pipe) : -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("this failed: " + command);
  return output;
}

// What the app says of the picture, as JSON.
parity::Index told(const std::string& options) {
  return parity::Index(output_of("./app app_test.png --json" + options));
}

// The likeliest classes, as far as they are shown.
bool shows_pytorchs_classes(const parity::Picture& picture) {
  const std::string kPlace = "images/0/classes";
  std::vector<float> expected = picture.floats("classes.probability");
  std::sort(expected.rbegin(), expected.rend());
  const parity::Index found = told(" --top 3");
  bool same = found.size(kPlace) == std::min<std::size_t>(expected.size(), 3);
  for (std::size_t i = 0; same && i < found.size(kPlace); ++i) {
    const double score = found.number(kPlace + "/" + std::to_string(i) + "/score");
    same = std::abs(score - double{expected[i]}) <= kProbabilityTolerance;
  }
  return same;
}

bool shows_pytorchs_boxes(const parity::Picture& picture) {
  const std::string kPlace = "images/0/detections";
  const vision::Thresholds& asked = picture.thresholds;
  const parity::Index found = told(" --conf " + std::to_string(asked.confidence) + " --iou " +
                                   std::to_string(asked.iou) + " --max-det " + std::to_string(asked.max_detections));
  const std::vector<vision::Detection> expected = picture.boxes();
  bool same = found.size(kPlace) == expected.size();
  for (std::size_t i = 0; same && i < expected.size(); ++i) {
    const vision::Detection& box = expected[i];
    const std::string place = kPlace + "/" + std::to_string(i);
    same = std::abs(found.number(place + "/score") - double{box.score}) <= kScoreTolerance;
    const float corners[] = {box.x1, box.y1, box.x2, box.y2};
    for (std::size_t k = 0; k < std::size(corners); ++k) {
      const double corner = found.number(place + "/box/" + std::to_string(k));
      same = same && std::abs(corner - double{corners[k]}) <= kCornerTolerance;
    }
  }
  return same;
}

}  // namespace

int main() {
  const parity::Picture picture = parity::Vectors(support::find_project_folder("vectors", "index.json")).read(0);
  if (!app::kModel.kept_classes.empty()) return 0;  // the vectors are of all classes
  write_png(picture, "app_test.png");
  if (!picture.has("boxes.box") || shows_pytorchs_boxes(picture)) {
    if (!picture.has("classes.probability") || shows_pytorchs_classes(picture)) return 0;
  }
  std::cerr << "the app does not show what " << app::kModel.compared_with() << " shows\n";
  return 1;
}
