#include "parity/cells.h"

#include <iterator>
#include <stdexcept>
#include <string>

namespace parity {
namespace {

constexpr bool kIsRaw = model_info::kContract == model_info::Contract::kRaw;

// Never above a confidence: as a logit, as a score.
constexpr float kNoScore = kIsRaw ? -1e30F : 0.0F;

// One output tensor, flat, and the place of channel 0 of a candidate in it; channels are `step` apart.
struct Place {
  std::size_t tensor, offset, step, channels;
};

std::size_t cells_of(std::size_t tensor) {
  const auto& shape = model_info::kOutputShapes[tensor];
  std::size_t cells = 1;
  for (std::size_t i = 2; i < std::size(shape); ++i) cells *= static_cast<std::size_t>(shape[i]);
  return cells;
}

std::size_t channels_of(std::size_t tensor) { return static_cast<std::size_t>(model_info::kOutputShapes[tensor][1]); }

// Raw: each level has a tensor of boxes and one of classes. Decoded: one tensor, 4 channels of box, then the classes.
Place find(std::size_t candidate, bool of_class) {
  for (std::size_t tensor = 0; tensor < detector::kNumOutputs; tensor += kIsRaw ? 2 : 1) {
    const std::size_t cells = cells_of(tensor);
    if (candidate >= cells) {
      candidate -= cells;
      continue;
    }
    if (kIsRaw) {
      const std::size_t which = tensor + (of_class ? 1 : 0);
      return {which, candidate, cells, channels_of(which)};
    }
    const std::size_t first = of_class ? kBoxValues : 0;
    return {tensor, first * cells + candidate, cells, of_class ? channels_of(tensor) - kBoxValues : kBoxValues};
  }
  throw std::out_of_range("the vectors name a candidate that the model does not have");
}

std::size_t index_in(const Place& place, std::size_t channel) {
  if (channel >= place.channels) throw std::out_of_range("the vectors name a channel that the model does not have");
  return place.offset + channel * place.step;
}

}  // namespace

float box_value(const detector::Outputs& outputs, std::size_t candidate, std::size_t channel) {
  const Place place = find(candidate, false);
  return outputs[place.tensor][index_in(place, channel)];
}

float class_value(const detector::Outputs& outputs, std::size_t candidate, std::size_t class_id) {
  const Place place = find(candidate, true);
  return outputs[place.tensor][index_in(place, class_id)];
}

SparseOutputs::SparseOutputs(const std::vector<std::uint32_t>& candidates, const std::vector<float>& box,
                             const std::vector<float>& cls) {
  for (std::size_t tensor = 0; tensor < tensors_.size(); ++tensor) {
    tensors_[tensor].assign(cells_of(tensor) * channels_of(tensor), kNoScore);
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Place boxes = find(candidates[i], false), classes = find(candidates[i], true);
    for (std::size_t k = 0; k < kBoxValues; ++k) {
      tensors_[boxes.tensor][index_in(boxes, k)] = box.at(i * kBoxValues + k);
    }
    for (std::size_t c = 0; c < kNumClasses; ++c) {
      tensors_[classes.tensor][index_in(classes, c)] = cls.at(i * kNumClasses + c);
    }
  }
}

detector::Outputs SparseOutputs::outputs() const {
  detector::Outputs outputs;
  for (std::size_t tensor = 0; tensor < tensors_.size(); ++tensor) outputs[tensor] = tensors_[tensor].data();
  return outputs;
}

}  // namespace parity
