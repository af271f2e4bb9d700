// Resizes a part of a picture as Pillow does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/image.h"

namespace vision {

// The filter of Pillow's resize. If a picture becomes smaller, the filter is wider: every covered pixel counts.
enum class PillowFilter { kBilinear, kBicubic };

// The size of the result, and the part of it that is needed. All in pixels.
struct PillowResize {
  int width = 0, height = 0;                     // of the whole result
  int left = 0, top = 0, columns = 0, rows = 0;  // of the part
  PillowFilter filter = PillowFilter::kBilinear;
};

// The pixels equal those of Pillow 13 on 8-bit data, bit for bit: two passes, along rows and along columns, with
// 22-bit weights and bytes in between. Computes only the part. Not thread-safe: one per thread.
class PillowResizer {
 public:
  // For upright pictures of this size. Allocates.
  void prepare(int source_width, int source_height, const PillowResize& resize);

  // Writes the part: (rows, columns, 3), RGB.
  void run(const ImageView& image, std::uint8_t* out);

 private:
  // The source positions of one target position, and their weights.
  struct Window {
    int first = 0, count = 0;
    std::size_t weights = 0;  // where its weights begin
  };
  struct Axis {
    bool is_equal = false;  // source and target have the same size
    std::vector<Window> windows;
    std::vector<std::int32_t> weights;
    int begin = 0, end = 0;  // the needed range of the source
    int longest = 0;         // of the windows

    void prepare(int source, int target, int first, int count, PillowFilter filter);
  };

  void read_row(int y, std::uint8_t* out) const;
  void resize_along(const std::uint8_t* row, std::uint8_t* out) const;
  const std::uint8_t* combined(const Window& window, std::size_t row_bytes);
  void source_row(int y, std::uint8_t* out);

  PillowResize resize_;
  bool down_first_ = false;
  Axis columns_, rows_;
  ImageView image_;
  std::size_t line_bytes_ = 0;      // of a row between the passes
  std::vector<std::uint8_t> line_;  // the needed columns of a source row, RGB
  std::vector<std::uint8_t> ring_;  // (longest window, line_bytes): the source rows of the next target row
  int next_row_ = 0;                // the first source row that is not in the ring yet
  std::vector<std::int32_t> sums_;
  std::vector<std::uint8_t> combined_;
};

}  // namespace vision
