#include "vision/masks.h"

#include <algorithm>
#include <cmath>

#include "vision/model_info.h"

// A product is rounded before it is added to something, so that all processors give the same bits. For other compilers
// than Clang a flag says so (-ffp-contract=off).
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr int kPrototypeStride = 4;  // input pixels of a prototype's pixel, as Ultralytics' retina masks take them

// The first whole number that is not below a position, from 0 to size.
int first_pixel(float position, int size) {
  if (!(position > 0)) return 0;
  return position >= static_cast<float>(size) ? size : static_cast<int>(std::ceil(position));
}

int greatest_common_divisor(int a, int b) { return b == 0 ? a : greatest_common_divisor(b, a % b); }

// Returns the factor by which prototypes are upsampled, so that the picture's border is on whole pixels: 1, 2 or 4.
int upsampling(const LetterboxPlan& plan, int width, int height) {
  const LetterboxPlan whole =
      plan_letterbox(plan.source_width, plan.source_height, kPrototypeStride * width, kPrototypeStride * height);
  const int border = (whole.input_height - whole.resized_height) | (whole.input_width - whole.resized_width);
  return kPrototypeStride / greatest_common_divisor(kPrototypeStride, border | border / 2);
}

}  // namespace

MaskMaker::Area MaskMaker::needed_by(const Area& target, const Axis& columns, const Axis& rows) {
  const auto left = static_cast<std::size_t>(target.left), top = static_cast<std::size_t>(target.top);
  const auto right = left + static_cast<std::size_t>(target.width),
             bottom = top + static_cast<std::size_t>(target.height);
  return {columns.first[left], rows.first[top], columns.second[right - 1] + 1 - columns.first[left],
          rows.second[bottom - 1] + 1 - rows.first[top]};
}

void MaskMaker::start(const float* prototypes, const Shape& shape, const LetterboxPlan& plan, bool retina,
                      Masks& masks) {
  prototypes_ = prototypes;
  count_ = shape.size[1];
  height_ = shape.size[2];
  width_ = shape.size[3];
  masks.parts.clear();
  masks.pixels.clear();
  masks.width = retina ? plan.source_width : plan.input_width;
  masks.height = retina ? plan.source_height : plan.input_height;
  const int times = retina ? upsampling(plan, width_, height_) : 1;
  has_upsampling_ = times > 1;
  int width = width_ * times, height = height_ * times, left = 0, top = 0;
  if (has_upsampling_) {
    up_columns_.prepare(width_, width, 0);
    up_rows_.prepare(height_, height, 0);
  }
  has_resampling_ = width != masks.width || height != masks.height;
  if (retina) {
    const LetterboxPlan cut = plan_letterbox(plan.source_width, plan.source_height, width, height);
    left = cut.left;
    top = cut.top;
    width = cut.resized_width;
    height = cut.resized_height;
  }
  columns_.prepare(width, masks.width, left);
  rows_.prepare(height, masks.height, top);
}

void MaskMaker::sum_prototypes(const Extras& coefficients, const Area& area, std::vector<float>& sums) const {
  const auto width = static_cast<std::size_t>(area.width), height = static_cast<std::size_t>(area.height);
  const auto row_size = static_cast<std::size_t>(width_), plane = row_size * static_cast<std::size_t>(height_);
  sums.assign(width * height, 0);
  const float* corner =
      prototypes_ + static_cast<std::size_t>(area.top) * row_size + static_cast<std::size_t>(area.left);
  for (std::size_t y = 0; y < height; ++y) {
    float* __restrict sum = sums.data() + y * width;
    for (std::size_t k = 0; k < static_cast<std::size_t>(count_); ++k) {
      const float coefficient = coefficients[k];
      const float* __restrict in = corner + k * plane + y * row_size;
      for (std::size_t x = 0; x < width; ++x) sum[x] += coefficient * in[x];
    }
  }
}

// A row of the source, resized along x. Two stay: this one, and the other one that is needed with it.
const float* MaskMaker::line(const std::vector<float>& source, const Area& source_area, const Axis& columns,
                             const Area& target, int row, int other) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (line_row_[i] == row) return lines_[i].data();
  }
  const std::size_t free = line_row_[0] == other ? 1 : 0;
  line_row_[free] = row;
  const auto width = static_cast<std::size_t>(target.width);
  lines_[free].resize(std::max(lines_[free].size(), width));
  const float* in =
      source.data() + static_cast<std::size_t>(row - source_area.top) * static_cast<std::size_t>(source_area.width);
  const int* first = columns.first.data() + target.left;
  const int* second = columns.second.data() + target.left;
  const float* weight = columns.weight.data() + target.left;
  float* __restrict out = lines_[free].data();
  for (std::size_t x = 0; x < width; ++x) {
    out[x] = (1 - weight[x]) * in[first[x] - source_area.left] + weight[x] * in[second[x] - source_area.left];
  }
  return out;
}

template <typename Put>
void MaskMaker::resample(const std::vector<float>& source, const Area& source_area, const Axis& columns,
                         const Axis& rows, const Area& target, Put put) {
  line_row_[0] = line_row_[1] = -1;
  for (int y = target.top; y < target.top + target.height; ++y) {
    const auto place = static_cast<std::size_t>(y);
    const int above = rows.first[place], below = rows.second[place];
    const float* upper = line(source, source_area, columns, target, above, below);
    const float* lower = line(source, source_area, columns, target, below, above);
    put(y - target.top, upper, lower, rows.weight[place]);
  }
}

bool MaskMaker::add(const Extras& coefficients, const Detection& box, Masks& masks) {
  Area area;
  area.left = first_pixel(box.x1, masks.width);
  area.top = first_pixel(box.y1, masks.height);
  area.width = first_pixel(box.x2, masks.width) - area.left;
  area.height = first_pixel(box.y2, masks.height) - area.top;
  if (area.empty()) return false;
  const auto width = static_cast<std::size_t>(area.width);

  Area source = needed_by(area, columns_, rows_);
  if (has_upsampling_) {
    const Area upsampled = source;
    source = needed_by(upsampled, up_columns_, up_rows_);
    sum_prototypes(coefficients, source, sums_);
    const auto row = static_cast<std::size_t>(upsampled.width);
    upsampled_.resize(row * static_cast<std::size_t>(upsampled.height));
    resample(sums_, source, up_columns_, up_rows_, upsampled,
             [&](int y, const float* upper, const float* lower, float weight) {
               float* __restrict out = upsampled_.data() + static_cast<std::size_t>(y) * row;
               for (std::size_t x = 0; x < row; ++x) out[x] = (1 - weight) * upper[x] + weight * lower[x];
             });
    source = upsampled;
  } else {
    sum_prototypes(coefficients, source, sums_);
  }

  const std::size_t begin = masks.pixels.size();
  masks.pixels.resize(begin + width * static_cast<std::size_t>(area.height));
  unsigned any = 0;
  resample(has_upsampling_ ? upsampled_ : sums_, source, columns_, rows_, area,
           [&](int y, const float* upper, const float* lower, float weight) {
             std::uint8_t* __restrict out = masks.pixels.data() + begin + static_cast<std::size_t>(y) * width;
             for (std::size_t x = 0; x < width; ++x) {
               out[x] = (1 - weight) * upper[x] + weight * lower[x] > 0 ? 1 : 0;
             }
             for (std::size_t x = 0; x < width; ++x) any |= out[x];
           });
  if (any == 0) {
    masks.pixels.resize(begin);
    return false;
  }
  masks.parts.push_back({area.left, area.top, area.width, area.height, begin});
  return true;
}

}  // namespace vision
