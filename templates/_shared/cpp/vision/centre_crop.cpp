#include "vision/centre_crop.h"

#include <algorithm>
#include <cstddef>

#include "vision/model_info.h"

namespace vision {
namespace {

// Each step is rounded to float32, as in torchvision's ToTensor and Normalize.
Table<float> torchvision_values(const ModelInfo& info) {
  Table<float> table;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const float value = static_cast<float>(static_cast<double>(byte) * info.scale);
      const float shifted = value - static_cast<float>(info.mean[c]);
      table[c][byte] = shifted / static_cast<float>(info.std[c]);
    }
  }
  return table;
}

}  // namespace

LetterboxPlan plan_centre_crop(int source_width, int source_height, int input_width, int input_height,
                               int shorter_side) {
  LetterboxPlan plan;
  plan.source_width = source_width;
  plan.source_height = source_height;
  plan.input_width = plan.resized_width = input_width;
  plan.input_height = plan.resized_height = input_height;
  if (shorter_side > 0) {
    const auto [shorter, longer] = std::minmax(source_width, source_height);
    const int longer_side = static_cast<int>(static_cast<double>(std::int64_t{shorter_side} * longer) / shorter);
    const bool is_tall = source_width <= source_height;
    plan.resized_width = is_tall ? shorter_side : longer_side;
    plan.resized_height = is_tall ? longer_side : shorter_side;
  }
  plan.left = -round_half_even((plan.resized_width - input_width) / 2.0);
  plan.top = -round_half_even((plan.resized_height - input_height) / 2.0);
  plan.gain_x = static_cast<double>(plan.resized_width) / source_width;
  plan.gain_y = static_cast<double>(plan.resized_height) / source_height;
  return plan;
}

CentreCrop::CentreCrop(const ModelInfo& info)
    : Preprocessor(info, torchvision_values(info)),
      shorter_side_(info.shorter_side),
      filter_(info.is_bicubic ? PillowFilter::kBicubic : PillowFilter::kBilinear),
      pixels_(std::size_t{3} * static_cast<std::size_t>(input_width_) * static_cast<std::size_t>(input_height_)) {}

LetterboxPlan CentreCrop::to_planes(const ImageView& image, std::uint8_t* planes) {
  check_pixels(image);
  const int width = image.width, height = image.height;
  if (plan_.source_width != width || plan_.source_height != height) {
    plan_ = {};  // until all buffers are there
    const LetterboxPlan plan = plan_centre_crop(width, height, input_width_, input_height_, shorter_side_);
    resizer_.prepare(
        width, height,
        {plan.resized_width, plan.resized_height, -plan.left, -plan.top, input_width_, input_height_, filter_});
    plan_ = plan;
  }
  resizer_.run(image, pixels_.data());
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = rgb_ ? c : 2 - c; i < pixels_.size(); i += 3) *planes++ = pixels_[i];
  }
  return plan_;
}

std::unique_ptr<Preprocessor> make_centre_crop(const ModelInfo& info) { return std::make_unique<CentreCrop>(info); }

}  // namespace vision
