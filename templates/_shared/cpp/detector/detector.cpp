#include "detector/detector.h"

#include <chrono>

#include "detector/model.h"
#include "detector/preprocess.h"
#include "vision/decode.h"
#include "vision/geometry.h"
#include "vision/nms.h"

namespace detector {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// (kNumClasses), 1 for classes that are shown; empty when all are.
std::vector<std::uint8_t> class_mask(bool all_classes) {
  const std::vector<int> kept(model_info::kKeptClasses.begin(), model_info::kKeptClasses.end());
  std::vector<std::uint8_t> mask;
  if (all_classes || kept.empty()) return mask;
  mask.resize(model_info::kNumClasses, 0);
  for (const int id : kept) mask[static_cast<std::size_t>(id)] = 1;
  return mask;
}

}  // namespace

struct Detector::Impl {
  Impl(const std::string& model_path, const Options& options)
      : model(model_path),
        letterbox(make_letterbox()),
        mask(class_mask(options.all_classes)),
        thresholds(options.thresholds) {}

  Model model;
  vision::Letterbox letterbox;
  vision::Decoder decoder;
  vision::Nms nms;
  std::vector<std::uint8_t> mask;
  Thresholds thresholds;
  Result result;
};

Detector::Detector(const std::string& model_path, const Options& options)
    : impl_(std::make_unique<Impl>(model_path, options)) {}

Detector::~Detector() = default;

void Detector::set_thresholds(const Thresholds& thresholds) { impl_->thresholds = thresholds; }

Model& Detector::model() { return impl_->model; }

const Result& Detector::detect(const vision::ImageView& image) {
  Impl& my = *impl_;
  const auto start = Clock::now();
  const vision::LetterboxPlan plan = my.letterbox.to_tensor(image, my.model.input());
  const auto preprocessed = Clock::now();
  const Outputs& outputs = my.model.run();
  const auto inferred = Clock::now();

  const auto& candidates =
      decode(my.decoder, outputs, my.thresholds.confidence, my.mask.empty() ? nullptr : my.mask.data());
  vision::NmsOptions nms_options;
  nms_options.iou = my.thresholds.iou;
  nms_options.max_det = my.thresholds.max_detections;
  nms_options.agnostic = my.thresholds.agnostic;
  my.result.detections.clear();
  for (const int kept : my.nms.run(candidates, nms_options)) {
    my.result.detections.push_back(vision::to_image(candidates[static_cast<std::size_t>(kept)], plan));
  }
  const auto done = Clock::now();

  my.result.candidates = static_cast<int>(candidates.size());
  my.result.timing = {milliseconds(start, preprocessed), milliseconds(preprocessed, inferred),
                      milliseconds(inferred, done)};
  return my.result;
}

}  // namespace detector
