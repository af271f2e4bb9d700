#include "letterbox.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "pixel_rows.h"
#include "rounding.h"

namespace vision {
namespace {

// Puts the odd pixel of a border to the right and to the bottom.
constexpr double kOddPixelBias = 0.1;

// 1 / 255 is 257 / 2^16 + 65793 / 2^40 + ...: a byte's products with these two are exact, so that only their sum is
// rounded, with and without fused multiply-add, and it is rounded to byte / 255 for each of the 256.
constexpr double kUsualScale = 1.0 / 255;
constexpr float kUsualHigh = 257 / 0x1p16F, kUsualLow = 65793 / 0x1p40F;

inline float usual(std::uint8_t byte) {
  const auto number = static_cast<float>(byte);
  return number * kUsualHigh + number * kUsualLow;
}

// out[i] = in[i] / 255 for i < count
void usual_values(const std::uint8_t* __restrict in, std::size_t count, float* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = usual(in[i]);
}

// out[i] = in[i] - 128 for i < count
void usual_values(const std::uint8_t* __restrict in, std::size_t count, std::int8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int8_t>(in[i] - 128);
}

}  // namespace

LetterboxPlan plan_letterbox(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan;
  plan.source_width = source_width;
  plan.source_height = source_height;
  plan.input_width = input_width;
  plan.input_height = input_height;
  const double ratio =
      std::min(static_cast<double>(input_height) / source_height, static_cast<double>(input_width) / source_width);
  plan.resized_width = std::max(round_half_even(rounded(source_width * ratio)), 1);
  plan.resized_height = std::max(round_half_even(rounded(source_height * ratio)), 1);
  plan.left = round_half_even((input_width - plan.resized_width) / 2.0 - kOddPixelBias);
  plan.top = round_half_even((input_height - plan.resized_height) / 2.0 - kOddPixelBias);
  plan.gain_x = static_cast<double>(plan.resized_width) / source_width;
  plan.gain_y = static_cast<double>(plan.resized_height) / source_height;
  return plan;
}

// Numbers in one plane for each channel.
template <typename Number>
struct Letterbox::TensorSink {
  const Letterbox& box;
  const Table<Number>& tables;
  const std::array<bool, 3>& is_usual;
  Number* tensor;

  Number* row_of(std::size_t c, int y) const {
    return tensor + (static_cast<std::ptrdiff_t>(c) * box.input_height_ + y) * box.input_width_;
  }

  void pad(int y, int rows) const {
    for (std::size_t c = 0; c < 3; ++c) {
      Number* out = row_of(c, y);
      std::fill(out, row_of(c, y + rows), tables[c][box.pad_value_]);
    }
  }

  void put(int y, int left, int count, const ResizedRow& row) const {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::array<Number, 256>& table = tables[c];
      const Number padding = table[box.pad_value_];
      Number* out = row_of(c, y);
      Number* end = out + box.input_width_;
      out = std::fill_n(out, left, padding);
      const std::uint8_t* in = row.channel[c];
      if (row.step == 1 && is_usual[c]) {
        usual_values(in, static_cast<std::size_t>(count), out);
      } else {
        for (int x = 0; x < count; ++x) out[x] = table[in[x * row.step]];
      }
      std::fill(out + count, end, padding);
    }
  }
};

// The bytes themselves, pixel by pixel.
struct Letterbox::BytesSink {
  const Letterbox& box;
  std::uint8_t* bytes;

  std::uint8_t* pixel(int x, int y) const { return bytes + (std::ptrdiff_t{y} * box.input_width_ + x) * 3; }

  void pad(int y, int rows) const { std::fill(pixel(0, y), pixel(0, y + rows), box.pad_value_); }

  void put(int y, int left, int count, const ResizedRow& row) const {
    pad(y, 1);
    std::uint8_t* out = pixel(left, y);
    for (int x = 0; x < count; ++x) {
      for (const std::uint8_t* channel : row.channel) *out++ = channel[x * row.step];
    }
  }
};

Letterbox::Letterbox(int input_width, int input_height, const Normalization& normalization, bool stretched)
    : input_width_(input_width),
      input_height_(input_height),
      is_stretched_(stretched),
      rgb_(normalization.rgb),
      pad_value_(normalization.pad_value),
      table_(value_table(normalization)),
      byte_table_(byte_table(table_, normalization.steps)) {
  if (input_width < 1 || input_height < 1) {
    throw std::invalid_argument("the model's input has no pixels (" + std::to_string(input_width) + " x " +
                                std::to_string(input_height) + ")");
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double mean = normalization.mean[c], std = normalization.std[c];
    is_usual_[c] = normalization.scale == kUsualScale && mean == 0 && std == 1;
    is_usual_int8_[c] = true;
    for (int byte = 0; byte < 256; ++byte) {
      if (byte_table_[c][static_cast<std::size_t>(byte)] != byte - 128) is_usual_int8_[c] = false;
    }
  }
}

LetterboxPlan Letterbox::to_tensor(const ImageView& image, float* tensor) {
  return fill(image, TensorSink<float>{*this, table_, is_usual_, tensor});
}

LetterboxPlan Letterbox::to_tensor(const ImageView& image, std::int8_t* tensor) {
  return fill(image, TensorSink<std::int8_t>{*this, byte_table_, is_usual_int8_, tensor});
}

LetterboxPlan Letterbox::to_bytes(const ImageView& image, std::uint8_t* bytes) {
  return fill(image, BytesSink{*this, bytes});
}

template <typename Sink>
LetterboxPlan Letterbox::fill(const ImageView& image, const Sink& sink) {
  prepare(image);
  const int bottom = plan_.top + plan_.resized_height;
  sink.pad(0, plan_.top);
  for (int y = plan_.top; y < bottom; ++y) {
    ResizedRow row = resizer_.row(y - plan_.top);
    if (!rgb_) std::swap(row.channel[0], row.channel[2]);
    sink.put(y, plan_.left, plan_.resized_width, row);
  }
  sink.pad(bottom, input_height_ - bottom);
  return plan_;
}

void Letterbox::prepare(const ImageView& image) {
  check(image);
  const int width = upright_width(image), height = upright_height(image);
  const bool is_planned = plan_.source_width == width && plan_.source_height == height && format_ == image.format &&
                          orientation_ == image.orientation;
  if (!is_planned) {
    plan_ = {};  // until all buffers are there
    const auto make_plan = is_stretched_ ? plan_stretch : plan_letterbox;
    const LetterboxPlan plan = make_plan(width, height, input_width_, input_height_);
    resizer_.prepare(image, plan.resized_width, plan.resized_height);
    plan_ = plan;
    format_ = image.format;
    orientation_ = image.orientation;
  }
  resizer_.begin(image);
}

LetterboxPlan plan_stretch(int source_width, int source_height, int input_width, int input_height) {
  LetterboxPlan plan;
  plan.source_width = source_width;
  plan.source_height = source_height;
  plan.input_width = plan.resized_width = input_width;
  plan.input_height = plan.resized_height = input_height;
  plan.gain_x = static_cast<double>(input_width) / source_width;
  plan.gain_y = static_cast<double>(input_height) / source_height;
  return plan;
}

Point to_image(const Point& point, const LetterboxPlan& plan) {
  const auto back = [](float position, int border, double gain, int size) {
    const float moved = (position - static_cast<float>(border)) / static_cast<float>(gain);
    return std::clamp(moved, 0.0F, static_cast<float>(size));
  };
  return {back(point.x, plan.left, plan.gain_x, plan.source_width),
          back(point.y, plan.top, plan.gain_y, plan.source_height)};
}

Detection to_image(const Detection& candidate, const LetterboxPlan& plan) {
  const Point lower = to_image(Point{candidate.x1, candidate.y1}, plan);
  const Point upper = to_image(Point{candidate.x2, candidate.y2}, plan);
  return {lower.x, lower.y, upper.x, upper.y, candidate.score, candidate.class_id, candidate.index};
}

std::unique_ptr<InputMaker> make_stretch(const ModelInfo& info) {
  return std::make_unique<Letterbox>(info.input_width, info.input_height, normalization_of(info), true);
}

}  // namespace vision
