// Where a candidate's numbers are in the model's outputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/model_info.h"
#include "vision/tensor_view.h"

namespace parity {

// Box logits of one candidate, or distances, or cx cy w h.
std::size_t box_values(const vision::ModelInfo& info);

// Throws std::out_of_range for a candidate or a class that is not there.
float box_value(const vision::ModelInfo& info, const vision::TensorView* outputs, std::size_t candidate,
                std::size_t channel);
float class_value(const vision::ModelInfo& info, const vision::TensorView* outputs, std::size_t candidate,
                  std::size_t class_id);

// Outputs made from a few candidates; all the others have scores that no confidence lets through.
class SparseOutputs {
 public:
  // box: (n, box_values), cls: (n, classes)
  SparseOutputs(const vision::ModelInfo& info, const std::vector<std::uint32_t>& candidates,
                const std::vector<float>& box, const std::vector<float>& cls);
  const vision::TensorView* outputs() const { return views_.data(); }

 private:
  std::vector<std::vector<float>> tensors_;
  std::vector<vision::TensorView> views_;
};

}  // namespace parity
