// From a picture in memory to the result.
//
//   detector::Detector detector(birds_model::kInfo, "model/model.pte");
//   const auto& result = detector.detect(vision::bgr_view(pixels, width, height, bytes_per_row));
#pragma once

#include <memory>
#include <string>

#include "detector/model.h"
#include "vision/image.h"
#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/result.h"
#include "vision/tasks/task.h"

namespace detector {

// Not thread-safe: use one per thread. A program may have several, of several models.
class Detector {
 public:
  // Loads the model. Throws support::Error. program: one of ModelInfo::extra_programs, which must outlive the detector;
  // nullptr: as in Model.
  Detector(const vision::ModelInfo& info, const std::string& path, const vision::Thresholds& thresholds,
           const vision::Program* program = nullptr);
  Detector(const vision::ModelInfo& info, const std::string& path) : Detector(info, path, info.thresholds) {}

  // The result is valid until the next call. Throws support::Error if the model cannot be run, std::invalid_argument
  // for an invalid picture.
  const vision::Result& detect(const vision::ImageView& image);

  // The result of the last picture with other thresholds, without running the model. Later pictures use the thresholds
  // of set_thresholds. Throws std::logic_error before the first picture.
  const vision::Result& detect_again(const vision::Thresholds& thresholds);

  void set_thresholds(const vision::Thresholds& thresholds) { thresholds_ = thresholds; }

  // The model's outputs for the last picture, as in ModelInfo::outputs. Valid until the next call of detect.
  const vision::TensorView* outputs() const { return model_.outputs(); }

  // Whether an output of the last run has a value that is no number.
  bool has_nan() const { return model_.has_nan(); }

  // nullptr: model.pte.
  const vision::Program* program() const { return program_; }

  // The model alone, for the parity test. After a run of it, detect_again is not possible.
  Model& model();

 private:
  void postprocess(const vision::Thresholds& thresholds);

  const vision::Program* program_;
  Model model_;
  std::unique_ptr<vision::Preprocessor> preprocessor_;
  std::unique_ptr<vision::Task> task_;
  vision::Thresholds thresholds_;
  vision::LetterboxPlan plan_;  // of the last picture
  bool has_outputs_ = false;    // of the last picture
  vision::Result result_;
};

// Returns the preprocessing of the model.
std::unique_ptr<vision::Preprocessor> make_preprocessor(const vision::ModelInfo& info);

}  // namespace detector
