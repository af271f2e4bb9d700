// Where a candidate's numbers are in the model's outputs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "detector/outputs.h"

namespace parity {

inline constexpr std::size_t kNumClasses = model_info::kNumClasses;
// Of one candidate: box logits, or cx cy w h.
inline constexpr std::size_t kBoxValues =
    model_info::kContract == model_info::Contract::kRaw ? std::size_t{4} * model_info::kRegMax : 4;

// Throws std::out_of_range for a candidate or a class that is not there.
float box_value(const detector::Outputs& outputs, std::size_t candidate, std::size_t channel);
float class_value(const detector::Outputs& outputs, std::size_t candidate, std::size_t class_id);

// Outputs made from a few candidates; all the others have scores that no confidence lets through.
class SparseOutputs {
 public:
  // box: (n, kBoxValues), cls: (n, kNumClasses)
  SparseOutputs(const std::vector<std::uint32_t>& candidates, const std::vector<float>& box,
                const std::vector<float>& cls);
  detector::Outputs outputs() const;

 private:
  std::array<std::vector<float>, detector::kNumOutputs> tensors_;
};

}  // namespace parity
