// From a picture to the input of a classification model, as Ultralytics and torchvision prepare it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vision/letterbox.h"
#include "vision/pillow_resize.h"

namespace vision {

// Resizes the picture so that its shorter side has this length, and cuts the input out of the centre. shorter_side: at
// least both sides of the input; 0: the whole picture is stretched to the input. All other sizes >= 1.
LetterboxPlan plan_centre_crop(int source_width, int source_height, int input_width, int input_height,
                               int shorter_side);

// The pixels equal Pillow's, bit for bit. Not thread-safe: one per thread.
class CentreCrop : public Preprocessor {
 public:
  explicit CentreCrop(const ModelInfo& info);

  LetterboxPlan to_planes(const ImageView& image, std::uint8_t* planes) override;

 private:
  const int shorter_side_;
  const PillowFilter filter_;
  std::vector<std::uint8_t> pixels_;  // (H, W, 3), RGB

  // For the last picture's size.
  LetterboxPlan plan_;
  PillowResizer resizer_;
};

std::unique_ptr<Preprocessor> make_centre_crop(const ModelInfo& info);

}  // namespace vision
