// From a picture to the model's input tensor, and from the input back to the picture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "vision/detection.h"
#include "vision/image.h"
#include "vision/model_info.h"

namespace vision {

// Where an upright picture is in the model's input. All sizes in pixels.
struct LetterboxPlan {
  int source_width = 0, source_height = 0;
  int input_width = 0, input_height = 0;
  int resized_width = 0, resized_height = 0;
  int left = 0, top = 0;          // the border; an odd pixel goes to the right and to the bottom. Below 0: cut off
  double gain_x = 0, gain_y = 0;  // input pixels per picture pixel; of rounded sizes not quite equal
};

// Fits a picture into the input, keeping its shape. All sizes >= 1.
LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height);

// plan_letterbox, or that of another header.
using MakePlan = LetterboxPlan (*)(int source_width, int source_height, int input_width, int input_height);

// Moves a point from the model's input back to the picture and clips it there.
Point to_image(const Point& point, const LetterboxPlan& plan);

// The same for a box; its score, class and index do not change.
Detection to_image(const Detection& candidate, const LetterboxPlan& plan);

// The memory of an input tensor (3, H, W), float32 or int8.
struct InputTensor {
  float* floats = nullptr;
  std::int8_t* bytes = nullptr;

  InputTensor() = default;
  InputTensor(float* values) : floats(values) {}
  InputTensor(std::int8_t* values) : bytes(values) {}
};

// The tensor's value for each channel and byte.
template <typename Value>
using Table = std::array<std::array<Value, 256>, 3>;

// From a picture to the model's input. Not thread-safe: one per thread. It allocates only if a picture's size differs
// from the last.
class Preprocessor {
 public:
  // Throws std::invalid_argument for an input without pixels.
  Preprocessor(const ModelInfo& info, const Table<float>& values);
  virtual ~Preprocessor() = default;

  // Both throw std::invalid_argument for a picture without pixels.
  LetterboxPlan to_tensor(const ImageView& image, const InputTensor& tensor);

  // Writes the picture at the input's size: bytes (3, H, W), in the tensor's channel order.
  virtual LetterboxPlan to_planes(const ImageView& image, std::uint8_t* planes) = 0;

 protected:
  const int input_width_, input_height_;
  const bool rgb_;

 private:
  const Table<float> values_;
  Table<std::int8_t> int8_values_{};  // the nearest int8 numbers
  std::vector<std::uint8_t> planes_;
};

// Resizes with the pixels of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit.
class Letterbox : public Preprocessor {
 public:
  explicit Letterbox(const ModelInfo& info, MakePlan make_plan = plan_letterbox);

  LetterboxPlan to_planes(const ImageView& image, std::uint8_t* planes) override;

 private:
  // A target pixel is between two source pixels.
  struct Tap {
    std::ptrdiff_t first, second;
    std::uint16_t first_weight, second_weight;
  };

  static void make_taps(int source, int target, std::vector<Tap>& taps);
  void prepare(const ImageView& image, const LetterboxPlan& plan);
  void write_row(int y, const std::array<std::uint8_t*, 3>& channels);
  const std::uint16_t* line(int y);

  const MakePlan make_plan_;
  const std::uint8_t pad_value_;

  // Of the picture. Vectors keep their memory for the next one.
  ImageView image_;
  std::vector<Tap> columns_;  // bytes from the start of a row
  std::vector<Tap> rows_;     // row numbers

  // (3, columns) each: the last even and the last odd row, resized along x.
  std::array<std::vector<std::uint16_t>, 2> lines_;
  std::array<int, 2> line_row_{-1, -1};  // which row each one is; -1: none
  bool is_same_size_ = false;            // no resize: pixels are copied, for example 640 x 480 into 640 x 640
};

}  // namespace vision
