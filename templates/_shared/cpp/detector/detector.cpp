#include "detector/detector.h"

#include <chrono>
#include <stdexcept>

#include "support/text.h"

namespace detector {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::unique_ptr<vision::Task> make_task(const vision::ModelInfo& info, const std::string& path) {
  try {
    return info.make_task(info);
  } catch (const std::invalid_argument& error) {
    throw support::Error(support::Reason::kDoesNotFit,
                         support::printable(path) + " does not fit this program: " + error.what());
  }
}

}  // namespace

std::unique_ptr<vision::Preprocessor> make_preprocessor(const vision::ModelInfo& info) {
  if (info.make_preprocessor != nullptr) return info.make_preprocessor(info);
  return std::make_unique<vision::Letterbox>(info);
}

Detector::Detector(const vision::ModelInfo& info, const std::string& path, const vision::Thresholds& thresholds,
                   const vision::Program* program)
    : program_(program),
      model_(info, path, program),
      preprocessor_(make_preprocessor(info)),
      task_(make_task(info, path)),
      thresholds_(thresholds) {}

Model& Detector::model() {
  has_outputs_ = false;
  return model_;
}

const vision::Result& Detector::detect(const vision::ImageView& image) {
  has_outputs_ = false;
  const auto start = Clock::now();
  plan_ = preprocessor_->to_tensor(image, model_.input());
  const auto preprocessed = Clock::now();
  model_.run();
  result_.timing = {milliseconds(start, preprocessed), model_.milliseconds(), 0};
  has_outputs_ = true;
  postprocess(thresholds_);
  return result_;
}

const vision::Result& Detector::detect_again(const vision::Thresholds& thresholds) {
  if (!has_outputs_) throw std::logic_error("detect_again needs a picture: call detect first");
  postprocess(thresholds);
  return result_;
}

void Detector::postprocess(const vision::Thresholds& thresholds) {
  const auto start = Clock::now();
  task_->run(model_.outputs(), plan_, thresholds, result_);
  result_.timing.postprocess = milliseconds(start, Clock::now());
}

}  // namespace detector
