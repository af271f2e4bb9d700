// A picture's rows at another size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "image.h"
#include "pixel_rows.h"

namespace vision {

// Channel c (0 is red) of pixel x is at channel[c][x * step].
struct ResizedRow {
  std::array<const std::uint8_t*, 3> channel;
  std::ptrdiff_t step;
};

// Pixels are those of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit. Not thread-safe: one per thread.
class Resizer {
 public:
  // From pictures of this size, format and orientation, turned upright, to width x height pixels. Allocates.
  void prepare(const ImageView& image, int width, int height);

  // A new frame.
  void begin(const ImageView& image);

  // Rows are asked for from top to bottom. One stays until the next is asked for.
  ResizedRow row(int y);

 private:
  // A resized pixel lies between two neighbours of the picture. Weights are fixed point.
  struct Weights {
    std::uint16_t first, second;
  };
  struct Tap {
    std::int32_t first;
    Weights weights;
  };
  enum class Method { kCopy, kHalve, kInterpolate };

  void plan_taps(const ImageView& image, int height);
  static std::vector<int> read_by(const std::vector<Tap>& taps, int last);
  ResizedRow halved_row(int y);
  ResizedRow interpolated_row(int y);
  const std::uint16_t* line(int source_y);
  std::size_t plane_of(int c) const;
  ResizedRow in_order(const std::uint8_t* pixels, std::ptrdiff_t step) const;

  int width_ = 0, source_height_ = 0;
  bool mirrored_ = false, gray_ = false;
  Method method_ = Method::kCopy;
  std::unique_ptr<RowSource> source_;
  std::vector<Tap> columns_;   // (width, rounded up to whole quads) of bytes from a row's start
  std::vector<Tap> rows_;      // (height)
  std::size_t line_size_ = 0;  // width, rounded up to whole quads

  std::array<std::vector<std::uint16_t>, 2> lines_;  // (channels, line_size): rows of the picture, resized along x
  std::array<int, 2> line_row_{};                    // which rows these are; -1: none
  std::vector<std::uint16_t> sums_;                  // two rows of the picture, added
  std::vector<std::uint8_t> row_;                    // a resized row
};

}  // namespace vision
