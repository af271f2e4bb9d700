// The picture at the input's size, as numpy has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/letterbox.h"

// Writes it as (H, W, 3), in the tensor's channel order.
inline vision::LetterboxPlan write_pixels(vision::Preprocessor& preprocessor, const vision::ImageView& view,
                                          std::uint8_t* pixels) {
  const vision::LetterboxPlan plan = preprocessor.to_planes(view, pixels);
  const auto count = static_cast<std::size_t>(plan.input_width) * static_cast<std::size_t>(plan.input_height);
  const std::vector<std::uint8_t> planes(pixels, pixels + 3 * count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < 3; ++c) *pixels++ = planes[c * count + i];
  }
  return plan;
}
