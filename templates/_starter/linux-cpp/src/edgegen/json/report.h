// The output of --json, which `edgegen verify` and other programs read.
#pragma once

#include <string>
#include <vector>

#include "detector/detector.h"
#include "vision/image.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace json {

// Each returns one JSON object. map_path: the PNG of a class map or depth map; empty: none was written.
std::string picture(const std::string& path, const vision::Result& result, const vision::ModelInfo& model,
                    const std::string& map_path = "");
std::string error(const std::string& path, const std::string& message);

// Each returns a line. program: the JSON of the program that runs; empty: the model has one only.
std::string report(const std::vector<std::string>& pictures, const std::vector<std::string>& errors,
                   const std::string& program = "");
std::string frame(const std::string& path, long number, const vision::Result& result, const vision::ModelInfo& model);

// Detects in the same picture again and again, and returns the median times in milliseconds. Ctrl-C ends it earlier;
// empty: before the first run.
std::string benchmark(detector::Detector& detector, const vision::ImageView& image, int runs,
                      const std::string& program = "");

}  // namespace json
