// The model's input as model_info.h describes it, for the letterbox.
#pragma once

#include <algorithm>
#include <iterator>

#include "model_info.h"
#include "vision/letterbox.h"

namespace detector {

inline vision::Letterbox make_letterbox() {
  vision::Normalization normalization;
  normalization.scale = model_info::kScale;
  std::copy(std::begin(model_info::kMean), std::end(model_info::kMean), normalization.mean);
  std::copy(std::begin(model_info::kStd), std::end(model_info::kStd), normalization.std);
  normalization.pad_value = model_info::kPadValue;
  normalization.rgb = model_info::kRgb;
  return {model_info::kInputWidth, model_info::kInputHeight, normalization};
}

}  // namespace detector
