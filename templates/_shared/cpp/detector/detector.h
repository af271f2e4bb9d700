// From a picture in memory to the boxes in it.
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

// What went into the model and what came out of it, kept for those who look for the place where something goes wrong:
// of int8 what it stands for.
struct Trace {
  std::vector<float> input;                 // (3, H, W)
  std::vector<std::vector<float>> outputs;  // as ModelInfo::outputs names them
};

// Not thread-safe: one per thread. Several, of several models, may live side by side.
class Detector {
 public:
  // Loads the model. Throws support::Error. Without thresholds, those of the model hold.
  Detector(const vision::ModelInfo& info, const std::string& model_path);
  Detector(const vision::ModelInfo& info, const std::string& model_path, const vision::Thresholds& thresholds);
  ~Detector();

  // Valid until the next call. Throws support::Error when the model cannot be run, std::invalid_argument for a picture
  // that cannot be: see check in vision/image.h.
  const vision::Result& detect(const vision::ImageView& image, Trace* trace = nullptr);

  // The last picture once more with other thresholds, without running the model: only the time of post-processing is
  // taken anew. Later pictures keep to the thresholds that were set. Throws std::logic_error before the first picture.
  const vision::Result& detect_again(const vision::Thresholds& thresholds);

  void set_thresholds(const vision::Thresholds& thresholds);

  // The model by itself, for looking at single stages: no detect_again after it has run.
  Model& model();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detector
