// The app from the outside: for a golden picture it prints the boxes that PyTorch shows. Run in the app's folder.
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "app/pictures.h"
#include "app_model.h"
#include "parity/vectors.h"
#include "support/program.h"

namespace {

constexpr double kScoreTolerance = 0.0055, kCornerTolerance = 0.55;  // pixels; with what the app's text rounds off

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

// Of every line "  name  score  x1  y1  x2  y2"; names may have blanks in them.
std::vector<std::array<double, 5>> boxes_in(const std::string& text) {
  std::vector<std::array<double, 5>> boxes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  ", 0) != 0) continue;
    std::istringstream words(line);
    const std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    std::transform(all.end() - 5, all.end(), boxes.emplace_back().begin(),
                   [](const auto& word) { return std::stod(word); });
  }
  return boxes;
}

bool shows_what_pytorch_shows(const parity::Picture& picture) {
  const vision::Thresholds& asked = picture.thresholds;
  write_png(picture, "app_test.png");
  const auto found =
      boxes_in(output_of("./app app_test.png --conf " + std::to_string(asked.confidence) + " --iou " +
                         std::to_string(asked.iou) + " --max-det " + std::to_string(asked.max_detections)));
  const std::vector<vision::Detection> expected = picture.boxes();
  bool same = found.size() == expected.size();
  for (std::size_t i = 0; same && i < expected.size(); ++i) {
    const vision::Detection& box = expected[i];
    const double numbers[] = {box.score, box.x1, box.y1, box.x2, box.y2};
    for (std::size_t k = 0; k < std::size(numbers); ++k) {
      same = same && std::abs(found[i][k] - numbers[k]) <= (k == 0 ? kScoreTolerance : kCornerTolerance);
    }
  }
  return same;
}

}  // namespace

int main() {
  const parity::Picture picture = parity::Vectors(support::find_project_folder("vectors", "index.json")).read(0);
  // Vectors of all classes, and with boxes, are what an app that leaves none out can be held against.
  const bool comparable = picture.has("boxes.box") && app::kModel.kept_classes.empty();
  if (!comparable || shows_what_pytorch_shows(picture)) return 0;
  std::cerr << "the app does not show what PyTorch shows\n";
  return 1;
}
