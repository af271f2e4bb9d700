#include "stored/nv12.h"

namespace vision {

ImageView Nv12Converter::convert(const Nv12& frame) {
  row_.begin(frame.width, frame.encoding);
  const auto plane = static_cast<std::ptrdiff_t>(row_.plane_size());
  rgb_.resize(static_cast<std::size_t>(frame.height * 3 * plane));
  for (int y = 0; y < frame.height; ++y) {
    const int pair = y / 2;  // two rows share their chroma
    row_.convert(frame.luma + y * frame.luma_bytes_per_row, frame.chroma + pair * frame.chroma_bytes_per_row, pair,
                 rgb_.data() + y * 3 * plane);
  }
  return {rgb_.data(), frame.width, frame.height, 1, 3 * plane, {0, plane, 2 * plane}};
}

}  // namespace vision
