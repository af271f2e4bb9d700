// The smallest program around the detector. A result has parts: those that the model's task does not know are empty.
//
//   minimal MODEL.pte PICTURE.ppm
// The picture is a binary PPM: three lines of text ("P6", width and height, "255"), then RGB. With OpenCV it would be
//   cv::Mat picture = cv::imread(path);
//   detector.detect({picture.data, picture.cols, picture.rows, std::ptrdiff_t(picture.step),
//                    vision::PixelFormat::kBgr});
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "app_model.h"
#include "detector/detector.h"

struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

static Picture read_ppm(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string format;
  Picture picture;
  int brightest = 0;
  file >> format >> picture.width >> picture.height >> brightest;
  file.get();
  if (!file || format != "P6" || brightest != 255) throw std::runtime_error(path + " is no binary PPM of 8 bits");
  picture.rgb.resize(std::size_t{3} * static_cast<std::size_t>(picture.width) *
                     static_cast<std::size_t>(picture.height));
  file.read(reinterpret_cast<char*>(picture.rgb.data()), static_cast<std::streamsize>(picture.rgb.size()));
  if (!file) throw std::runtime_error(path + " is cut off");
  return picture;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: minimal MODEL.pte PICTURE.ppm\n";
    return 2;
  }
  try {
    detector::Detector detector(app::kModel, argv[1]);
    const Picture picture = read_ppm(argv[2]);
    const vision::ImageView view{picture.rgb.data(), picture.width, picture.height, 3 * picture.width,
                                 vision::PixelFormat::kRgb};
    const vision::Result& result = detector.detect(view);
    for (const vision::ClassScore& one : result.classes) std::cout << one.class_id << ": " << one.score << "\n";
    if (!result.depth.empty()) std::cout << "the first pixel: " << result.depth[0] << "\n";
    for (const vision::Detection& box : result.boxes) {
      std::cout << app::kModel.class_names[static_cast<std::size_t>(box.class_id)] << " " << box.score << ": " << box.x1
                << ", " << box.y1 << " to " << box.x2 << ", " << box.y2 << "\n";
    }
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
