// What the model returns, and how it becomes candidates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "model_info.h"
#include "vision/decode.h"

namespace detector {

inline constexpr std::size_t kNumOutputs = std::size(model_info::kOutputShapes);

// The data of every output, shaped as model_info::kOutputShapes says.
using Outputs = std::array<const float*, kNumOutputs>;

// keep_class: (kNumClasses), 0 for classes that are not shown; nullptr: all are. Valid until the decoder's next call.
const std::vector<vision::Candidate>& decode(vision::Decoder& decoder, const Outputs& outputs, double confidence,
                                             const std::uint8_t* keep_class);

}  // namespace detector
