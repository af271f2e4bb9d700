// The output of --json, which `edgegen verify` and other programs read.
#pragma once

#include <string>

#include "detector/detector.h"
#include "vision/image.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace json {

// Collects the results of pictures.
class Report {
 public:
  // program: the JSON of the program that runs, if the model has several.
  explicit Report(const vision::ModelInfo& model, const std::string& program = "") : model_(model), program_(program) {}

  // map_path: the PNG of a class map or depth map; empty: none was written.
  void add(const std::string& path, const vision::Result& result, const std::string& map_path = "");
  void add_error(const std::string& path, const std::string& message);
  bool is_empty() const { return images_.empty() && errors_.empty(); }
  std::string text() const;

 private:
  const vision::ModelInfo& model_;
  const std::string program_;
  std::string images_, errors_;
};

// Returns the line of one frame of a video or camera.
std::string frame(const std::string& path, long number, const vision::Result& result, const vision::ModelInfo& model);

// Detects in the same picture again and again, and returns the median times in milliseconds. Ctrl-C ends it earlier;
// empty: before the first run. program: as in Report.
std::string benchmark(detector::Detector& detector, const vision::ImageView& image, int runs,
                      const std::string& program = "");

}  // namespace json
