// What linux-cpp's detector finds in pictures of raw BGR bytes, a line of JSON for each, with all digits of a float32.
//   plain MODEL CONFIDENCE [FILE WIDTH HEIGHT]...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "app_model.h"
#include "detector/detector.h"

int main(int argc, char** argv) {
  vision::Thresholds thresholds = app::kModel.thresholds;
  thresholds.confidence = std::atof(argv[2]);
  detector::Detector detector(app::kModel, argv[1], thresholds);
  for (int i = 3; i + 2 < argc; i += 3) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::vector<std::uint8_t> bgr{std::istreambuf_iterator<char>(file), {}};
    const int width = std::atoi(argv[i + 1]), height = std::atoi(argv[i + 2]);
    const char* comma = "";
    std::putchar('[');
    for (const auto& one : detector.detect(vision::bgr_view(bgr.data(), width, height, 3 * width)).boxes) {
      std::printf("%s[%.9g,%.9g,%.9g,%.9g,%.9g,%d]", comma, one.x1, one.y1, one.x2, one.y2, one.score, one.class_id);
      comma = ",";
    }
    std::puts("]");
  }
}
