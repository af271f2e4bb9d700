#include "parity/cells.h"

#include <stdexcept>
#include <string>

namespace parity {
namespace {

using vision::ModelInfo;
using vision::TensorView;

bool has_levels(const ModelInfo& info) {
  return info.contract == vision::Contract::kRaw || info.contract == vision::Contract::kEnd2end;
}

// Never above a confidence: as a logit, as a score.
float no_score(const ModelInfo& info) { return has_levels(info) ? -1e30F : 0.0F; }

// One output tensor, flat, and the place of channel 0 of a candidate in it; channels are `step` apart.
struct Place {
  std::size_t tensor, offset, step, channels;
};

std::size_t cells_of(const vision::Shape& shape) {
  std::size_t cells = 1;
  for (int i = 2; i < shape.rank; ++i) cells *= static_cast<std::size_t>(shape.size[i]);
  return cells;
}

std::size_t channels_of(const vision::Shape& shape) { return static_cast<std::size_t>(shape.size[1]); }

// Raw: each level has a tensor of boxes and one of classes. Decoded: one tensor, 4 channels of box, then the classes.
Place find(const ModelInfo& info, std::size_t candidate, bool of_class) {
  const bool is_raw = has_levels(info);
  for (std::size_t tensor = 0; tensor < info.outputs.size(); tensor += is_raw ? 2 : 1) {
    const std::size_t cells = cells_of(info.outputs[tensor]);
    if (candidate >= cells) {
      candidate -= cells;
      continue;
    }
    if (is_raw) {
      const std::size_t which = tensor + (of_class ? 1 : 0);
      return {which, candidate, cells, channels_of(info.outputs[which])};
    }
    const std::size_t boxes = box_values(info), first = of_class ? boxes : 0;
    return {tensor, first * cells + candidate, cells, of_class ? channels_of(info.outputs[tensor]) - boxes : boxes};
  }
  throw std::out_of_range("the vectors name a candidate that the model does not have");
}

std::size_t index_in(const Place& place, std::size_t channel) {
  if (channel >= place.channels) throw std::out_of_range("the vectors name a channel that the model does not have");
  return place.offset + channel * place.step;
}

}  // namespace

std::size_t box_values(const ModelInfo& info) { return has_levels(info) ? channels_of(info.outputs[0]) : 4; }

float box_value(const ModelInfo& info, const TensorView* outputs, std::size_t candidate, std::size_t channel) {
  const Place place = find(info, candidate, false);
  return outputs[place.tensor].floats()[index_in(place, channel)];
}

float class_value(const ModelInfo& info, const TensorView* outputs, std::size_t candidate, std::size_t class_id) {
  const Place place = find(info, candidate, true);
  return outputs[place.tensor].floats()[index_in(place, class_id)];
}

SparseOutputs::SparseOutputs(const ModelInfo& info, const std::vector<std::uint32_t>& candidates,
                             const std::vector<float>& box, const std::vector<float>& cls) {
  for (const vision::Shape& shape : info.outputs)
    tensors_.emplace_back(cells_of(shape) * channels_of(shape), no_score(info));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Place boxes = find(info, candidates[i], false), classes = find(info, candidates[i], true);
    for (std::size_t k = 0; k < boxes.channels; ++k) {
      tensors_[boxes.tensor][index_in(boxes, k)] = box.at(i * boxes.channels + k);
    }
    for (std::size_t c = 0; c < classes.channels; ++c) {
      tensors_[classes.tensor][index_in(classes, c)] = cls.at(i * classes.channels + c);
    }
  }
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    views_.push_back({tensors_[i].data(), vision::TensorType::kFloat32, info.outputs[i]});
  }
}

}  // namespace parity
