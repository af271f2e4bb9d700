// The model's input as its description says, for the letterbox.
#pragma once

#include <algorithm>

#include "vision/letterbox.h"
#include "vision/model_info.h"

namespace detector {

inline vision::Letterbox make_letterbox(const vision::ModelInfo& info) {
  vision::Normalization normalization;
  normalization.scale = info.scale;
  std::copy(info.mean.begin(), info.mean.end(), normalization.mean);
  std::copy(info.std.begin(), info.std.end(), normalization.std);
  normalization.pad_value = info.pad_value;
  normalization.rgb = info.rgb;
  return {info.input_width, info.input_height, normalization};
}

}  // namespace detector
