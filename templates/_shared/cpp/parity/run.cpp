#include "parity/run.h"

#include "parity/reading.h"
#include "parity/stages.h"

namespace parity {
namespace {

// Corners from the same numbers: float32 sums in another order, at coordinates up to a few thousand pixels.
constexpr double kDecodeTolerance = 0.01;

Stage raw_stage(const vision::ModelInfo& info, const Tolerances& tolerances) {
  if (info.contract == vision::Contract::kRaw) return {"raw", tolerances.raw, "logits, strides", 0, 0, {}};
  return {"raw", tolerances.score, "score", 0, 0, {}};
}

Report compare(const vision::ModelInfo& info, const Vectors& vectors, detector::Detector& detector) {
  const Tolerances& tolerances = vectors.tolerances();
  Stage letterbox{"letterbox", tolerances.letterbox, "of 255", 0, 0, {}};
  Stage tensor{"tensor", tolerances.tensor, "", 0, 0, {}};
  Stage raw = raw_stage(info, tolerances);
  Stage decode{"decode", kDecodeTolerance, "px of the input", 0, 0, {}};
  Stage nms{"nms", 0, "differences", 0, 0, {}};
  Stage boxes{"boxes", tolerances.corner, "px", 0, 0, {}};
  Report report;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const Picture picture = vectors.read(i);
    compare_letterbox(info, picture, letterbox);
    compare_tensor(info, picture, tensor);
    compare_raw(info, picture, tolerances, detector.model(), raw);
    compare_decode(info, picture, decode);
    compare_nms(picture, nms);
    compare_boxes(picture, tolerances, detector, boxes);
    if (picture.has("boxes.score")) report.detections += picture.floats("boxes.score").size();
  }
  report.images = vectors.size();
  report.stages = {compare_constants(info, vectors), letterbox, tensor, raw, decode, nms, boxes};
  return report;
}

}  // namespace

Report run(const vision::ModelInfo& info, const std::string& model_path, const std::string& vectors_folder) {
  const Vectors vectors(vectors_folder);
  detector::Detector detector(info, model_path);
  return reading([&] { return compare(info, vectors, detector); });
}

}  // namespace parity
