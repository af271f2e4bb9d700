// From a picture to the input of a classification model: as Ultralytics and torchvision prepare it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "input.h"
#include "pillow_resize.h"

namespace vision {

// The shorter side becomes the input's; what the longer one has too much is cut off on both sides. For an input that is
// not square the picture is stretched. All sizes >= 1.
LetterboxPlan plan_centre_crop(int source_width, int source_height, int input_width, int input_height);

// Pixels are those of Pillow, bit for bit. Not thread-safe: one per thread. Throws std::invalid_argument as Letterbox
// does.
class CentreCrop : public InputMaker {
 public:
  CentreCrop(int input_width, int input_height, const Normalization& normalization,
             PillowFilter filter = PillowFilter::kBilinear);

  using InputMaker::to_tensor;
  LetterboxPlan to_tensor(const ImageView& image, float* tensor) override { return put(image, table_, tensor); }
  LetterboxPlan to_tensor(const ImageView& image, std::int8_t* tensor) override {
    return put(image, byte_table_, tensor);
  }
  LetterboxPlan to_bytes(const ImageView& image, std::uint8_t* bytes) override;

 private:
  template <typename Number>
  LetterboxPlan put(const ImageView& image, const Table<Number>& table, Number* tensor);
  void resize(const ImageView& image, std::uint8_t* pixels);

  int input_width_, input_height_;
  bool rgb_;
  PillowFilter filter_;
  ValueTable table_;
  ByteTable byte_table_;
  std::vector<std::uint8_t> pixels_;  // (H, W, 3)

  // For the last picture's size.
  LetterboxPlan plan_;
  PillowResizer resizer_;
};

std::unique_ptr<InputMaker> make_centre_crop(const ModelInfo& info);

}  // namespace vision
