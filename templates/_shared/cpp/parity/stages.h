// The stages from a picture to its boxes, each held against the golden vectors.
#pragma once

#include "detector/detector.h"
#include "detector/model.h"
#include "parity/report.h"
#include "parity/vectors.h"

namespace parity {

// Does model_info.h say of the model what the vectors say?
Stage compare_constants(const vision::ModelInfo& info, const Vectors& vectors);

// One picture's share of a stage.
void compare_letterbox(const vision::ModelInfo& info, const Picture& picture, Stage& stage);
void compare_tensor(const vision::ModelInfo& info, const Picture& picture, Stage& stage);
void compare_raw(const vision::ModelInfo& info, const Picture& picture, const Tolerances& tolerances,
                 detector::Model& model, Stage& stage);
void compare_decode(const vision::ModelInfo& info, const Picture& picture, Stage& stage);
void compare_nms(const Picture& picture, Stage& stage);
void compare_boxes(const Picture& picture, const Tolerances& tolerances, detector::Detector& detector, Stage& stage);

// What PyTorch shows of a picture, best first. Throws std::runtime_error where the vectors have no boxes.
std::vector<vision::Detection> golden_boxes(const Picture& picture);

// The picture itself, and a view of it.
struct Pixels {
  explicit Pixels(const Picture& picture);
  std::vector<std::uint8_t> rgb;  // (height, width, 3)
  vision::ImageView view;
};

}  // namespace parity
