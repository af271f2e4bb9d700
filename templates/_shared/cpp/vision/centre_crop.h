// From a picture to the input of a classification model, as Ultralytics and torchvision prepare it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "letterbox.h"
#include "pillow_resize.h"

namespace vision {

// The shorter side gets the input's size; both ends of the longer side are cut off. If the input is not square, the
// picture is stretched. All sizes >= 1.
LetterboxPlan plan_centre_crop(int source_width, int source_height, int input_width, int input_height);

// The pixels equal Pillow's, bit for bit. Not thread-safe: one per thread.
class CentreCrop : public Preprocessor {
 public:
  explicit CentreCrop(const ModelInfo& info, PillowFilter filter = PillowFilter::kBilinear);

  LetterboxPlan to_planes(const ImageView& image, std::uint8_t* planes) override;

 private:
  const PillowFilter filter_;
  std::vector<std::uint8_t> pixels_;  // (H, W, 3), RGB

  // For the last picture's size.
  LetterboxPlan plan_;
  PillowResizer resizer_;
};

std::unique_ptr<Preprocessor> make_centre_crop(const ModelInfo& info);

}  // namespace vision
