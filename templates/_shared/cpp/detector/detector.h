// From a picture in memory to the result.
//
//   detector::Detector detector(birds_model::kInfo, "model/model.pte");
//   const auto& result = detector.detect({pixels, width, height, bytes_per_row, vision::PixelFormat::kBgr});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vision/image.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace detector {

class Model;

// The model's input and outputs, for captures. int8 values are converted to the numbers that they stand for.
struct Trace {
  std::vector<float> input;                 // (3, H, W)
  std::vector<std::vector<float>> outputs;  // as ModelInfo::outputs names them
};

// Not thread-safe: use one per thread. A program may have several, of several models.
class Detector {
 public:
  // Loads the model. Throws support::Error. The default thresholds are the model's.
  Detector(const vision::ModelInfo& info, const std::string& model_path);
  Detector(const vision::ModelInfo& info, const std::string& model_path, const vision::Thresholds& thresholds);
  ~Detector();

  // The result is valid until the next call. Throws support::Error if the model cannot be run, std::invalid_argument
  // for an invalid picture.
  const vision::Result& detect(const vision::ImageView& image, Trace* trace = nullptr);

  // The result of the last picture with other thresholds, without running the model. Later pictures use the thresholds
  // of set_thresholds. Throws std::logic_error before the first picture.
  const vision::Result& detect_again(const vision::Thresholds& thresholds);

  void set_thresholds(const vision::Thresholds& thresholds);

  // The model alone, for the parity test. After a run of it, detect_again is not possible.
  Model& model();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detector
