// Masks of detections, made from prototypes that all boxes of a picture share.
#pragma once

#include <cstddef>
#include <vector>

#include "vision/bilinear.h"
#include "vision/decode.h"
#include "vision/letterbox.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace vision {

// A mask is the sum of the prototypes, each times a coefficient of the box, resized bilinearly. A pixel belongs to the
// object if it is above 0 and inside the box. Computes only the box. Not thread-safe: one per thread.
class MaskMaker {
 public:
  // Empties the masks. prototypes: (count, height, width), which cover the whole input. Masks have the input's size;
  // with `retina` the picture's: upsampled until the border is on whole pixels, cut, and resized again. Allocates only
  // if a size differs from that of the last call.
  void start(const float* prototypes, const Shape& shape, const LetterboxPlan& plan, bool retina, Masks& masks);

  // Adds the mask of a box, which is in pixels of the input or, with `retina`, of the picture. Returns false and adds
  // nothing if the mask is empty.
  bool add(const Extras& coefficients, const Detection& box, Masks& masks);

 private:
  using Axis = BilinearAxis;
  // A part of a map of floats.
  struct Area {
    int left = 0, top = 0, width = 0, height = 0;
    bool empty() const { return width < 1 || height < 1; }
  };
  static Area needed_by(const Area& target, const Axis& columns, const Axis& rows);
  void sum_prototypes(const Extras& coefficients, const Area& area, std::vector<float>& sums) const;
  // Calls put(y, row) for every row of the target area.
  template <typename Put>
  void resample(const std::vector<float>& source, const Area& source_area, const Axis& columns, const Axis& rows,
                const Area& target, Put put);
  const float* line(const std::vector<float>& source, const Area& source_area, const Axis& columns, const Area& target,
                    int row, int other);

  const float* prototypes_ = nullptr;
  int count_ = 0, height_ = 0, width_ = 0;
  bool has_upsampling_ = false, has_resampling_ = false;
  Axis up_columns_, up_rows_;  // prototypes to a multiple of their size, for retina masks only
  Axis columns_, rows_;        // to the masks
  std::vector<float> sums_, upsampled_;
  std::vector<float> lines_[2];  // two rows of the source, resized along x
  int line_row_[2] = {-1, -1};
};

}  // namespace vision
