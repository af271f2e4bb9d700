// A picture that takes all of the model's input, without keeping its shape.
#pragma once

#include <memory>

#include "letterbox.h"

namespace vision {

inline std::unique_ptr<Preprocessor> make_stretch(const ModelInfo& info) {
  return std::make_unique<Letterbox>(info, plan_stretch);
}

}  // namespace vision
