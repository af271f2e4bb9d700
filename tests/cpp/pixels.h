// Pictures as numpy has them: stored ones of every format, and the picture at the input's size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stored/nv12.h"
#include "stored/orientation.h"
#include "vision/letterbox.h"

// By their numbers in tests/helpers/pixel_formats.py.
enum Format { kRgb, kBgr, kRgba, kBgra, kNv12 };

struct Stored {
  const std::uint8_t* data;
  int width, height;
  std::ptrdiff_t bytes_per_row;
  int format;
  int orientation = 1;
  // kNv12 only
  const std::uint8_t* chroma = nullptr;
  std::ptrdiff_t chroma_bytes_per_row = 0;
  int encoding = 0;
};

// Valid until the converter's next picture.
inline vision::ImageView upright_view(const Stored& picture, vision::Nv12Converter& converter) {
  const auto packed = [&] {
    if (picture.format == kNv12) {
      return converter.convert({picture.width, picture.height, picture.data, picture.bytes_per_row, picture.chroma,
                                picture.chroma_bytes_per_row, static_cast<vision::YCbCr>(picture.encoding)});
    }
    const auto view = picture.format == kRgb || picture.format == kRgba ? vision::rgb_view : vision::bgr_view;
    const int pixel = picture.format == kRgb || picture.format == kBgr ? 3 : 4;
    return view(picture.data, picture.width, picture.height, picture.bytes_per_row, pixel);
  };
  return vision::turn_upright(packed(), static_cast<vision::Orientation>(picture.orientation));
}

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
