// From a picture in memory to the boxes in it.
//
//   detector::Detector detector("model/model.pte", {});
//   const auto& result = detector.detect({pixels, width, height, bytes_per_row, vision::PixelFormat::kBgr});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model_info.h"
#include "vision/detection.h"
#include "vision/image.h"

namespace detector {

// Which of the candidates are shown.
struct Thresholds {
  double confidence = model_info::kConfidence;  // 0 to 1; a score must be above it
  double iou = model_info::kIou;                // 0 to 1; of two boxes that overlap more, the better one stays
  int max_detections = model_info::kMaxDetections;
  bool agnostic = false;  // whether boxes of different classes suppress each other
};

struct Options {
  Thresholds thresholds;
  bool all_classes = false;  // also those that model_info::kKeptClasses leaves out
};

// Milliseconds of wall-clock time.
struct Timing {
  double preprocess = 0;   // letterbox and normalization
  double inference = 0;    // the model
  double postprocess = 0;  // decode, NMS, and back to the picture
  double total() const { return preprocess + inference + postprocess; }
};

struct Result {
  std::vector<vision::Detection> detections;  // best first, in pixels of the upright picture
  int candidates = 0;                         // how many went into NMS
  Timing timing;
};

class Model;

// Not thread-safe: one per thread.
class Detector {
 public:
  // Loads the model. Throws support::Error.
  Detector(const std::string& model_path, const Options& options);
  ~Detector();

  // Valid until the next call. Throws support::Error when the model cannot be run, std::invalid_argument for a picture
  // that cannot be: see check in vision/pixel_rows.h.
  const Result& detect(const vision::ImageView& image);

  void set_thresholds(const Thresholds& thresholds);

  // The model by itself, for looking at single stages.
  Model& model();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detector
