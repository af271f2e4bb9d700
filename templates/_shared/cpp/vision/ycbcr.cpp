#include "ycbcr.h"

#include <algorithm>
#include <array>

namespace vision {
namespace {

// Fixed point: a weight has 13 bits behind the point, of which a product keeps 5. The largest sum is then 546 * 2^5,
// and all arithmetic fits 16 bits, of which a processor has many in one register.
constexpr int kWeightBits = 13;
constexpr int kFractionBits = 5;
constexpr int kDropped = kWeightBits - kFractionBits;
constexpr std::int16_t kHalf = 1 << (kFractionBits - 1);
constexpr std::int16_t kWhite = 255;

// Rows are worked on in chunks of a fixed size, which compilers vectorise most readily. Buffers hold whole chunks.
constexpr std::size_t kChunk = 16;

constexpr int kNoRow = -1;

// ITU-R BT.601-7 and BT.709-6: luma is Kr R + Kg G + Kb B, and the three weights add up to 1. In video range, black is
// 16 and white 16 + 219; chroma goes 112 to either side of 128. In full range (as in JPEG: ITU-T T.871), black is 0 and
// white 255, and chroma goes 127.5 to either side.
struct Matrix {
  double kr, kb;
};
constexpr Matrix kBt601 = {0.299, 0.114}, kBt709 = {0.2126, 0.0722};
constexpr double kFullRange = 255, kVideoLuma = 219, kVideoChroma = 224;
constexpr int kVideoBlack = 16;
constexpr int kNeutral = 128;

constexpr std::uint16_t fixed_point(double weight) {
  return static_cast<std::uint16_t>(weight * (1 << kWeightBits) + 0.5);
}

// A byte's share of a channel, rounded down. Written as the high half of a 16-bit product, which is one instruction.
constexpr std::int16_t share(std::uint8_t byte, std::uint16_t weight) {
  const auto high = static_cast<std::uint16_t>(byte << (16 - kDropped));
  return static_cast<std::int16_t>((std::uint32_t{high} * weight) >> 16);
}

constexpr YCbCrWeights make_weights(Matrix matrix, bool video) {
  const double kg = 1 - matrix.kr - matrix.kb, chroma = kFullRange / (video ? kVideoChroma : kFullRange);
  const double red = 2 * (1 - matrix.kr) * chroma, blue = 2 * (1 - matrix.kb) * chroma;
  YCbCrWeights weights{};
  weights.luma = fixed_point(kFullRange / (video ? kVideoLuma : kFullRange));
  weights.cr_to_red = fixed_point(red);
  weights.cr_to_green = fixed_point(red * matrix.kr / kg);
  weights.cb_to_green = fixed_point(blue * matrix.kb / kg);
  weights.cb_to_blue = fixed_point(blue);
  // What black and neutral chroma give, less the half that rounds: black and white come out as 0 and 255, and a gray of
  // full range as it is.
  const int zero = share(video ? kVideoBlack : 0, weights.luma) - kHalf;
  weights.red_zero = static_cast<std::int16_t>(zero + share(kNeutral, weights.cr_to_red));
  weights.green_zero =
      static_cast<std::int16_t>(zero - share(kNeutral, weights.cb_to_green) - share(kNeutral, weights.cr_to_green));
  weights.blue_zero = static_cast<std::int16_t>(zero + share(kNeutral, weights.cb_to_blue));
  return weights;
}

std::uint8_t level_of(std::int16_t brightness, std::int16_t colour) {
  const auto level = static_cast<std::int16_t>((brightness + colour) >> kFractionBits);
  return static_cast<std::uint8_t>(std::min(std::max(level, std::int16_t{0}), kWhite));
}

// What chroma adds to red, green and blue, once for each of a pair's two pixels. count: of pixels, whole chunks.
void spread_pairs(const std::uint8_t* __restrict chroma, std::size_t count, const YCbCrWeights& given,
                  std::int16_t* __restrict red, std::int16_t* __restrict green, std::int16_t* __restrict blue) {
  const YCbCrWeights weights = given;  // a copy: nothing that is written here can change it
  for (std::size_t x = 0; x < count / kChunk * kChunk; x += 2) {
    const std::uint8_t cb = chroma[x], cr = chroma[x + 1];
    red[x] = red[x + 1] = static_cast<std::int16_t>(share(cr, weights.cr_to_red) - weights.red_zero);
    green[x] = green[x + 1] = static_cast<std::int16_t>(-share(cb, weights.cb_to_green) -
                                                        share(cr, weights.cr_to_green) - weights.green_zero);
    blue[x] = blue[x + 1] = static_cast<std::int16_t>(share(cb, weights.cb_to_blue) - weights.blue_zero);
  }
}

// count: of pixels, whole chunks.
void add_luma(const std::uint8_t* __restrict luma, std::size_t count, std::uint16_t weight,
              const std::int16_t* __restrict red, const std::int16_t* __restrict green,
              const std::int16_t* __restrict blue, std::uint8_t* __restrict red_out, std::uint8_t* __restrict green_out,
              std::uint8_t* __restrict blue_out) {
  for (std::size_t x = 0; x < count / kChunk * kChunk; ++x) {
    const std::int16_t brightness = share(luma[x], weight);
    red_out[x] = level_of(brightness, red[x]);
    green_out[x] = level_of(brightness, green[x]);
    blue_out[x] = level_of(brightness, blue[x]);
  }
}

YCbCrWeights weights_of(YCbCr encoding) {
  static constexpr YCbCrWeights kWeights[] = {make_weights(kBt601, true), make_weights(kBt601, false),
                                              make_weights(kBt709, true), make_weights(kBt709, false)};
  return kWeights[static_cast<std::size_t>(encoding)];
}

}  // namespace

void YCbCrRow::set_width(int width) {
  width_ = static_cast<std::size_t>(width);
  plane_size_ = (width_ + kChunk - 1) / kChunk * kChunk;
  colours_.resize(3 * plane_size_);
}

void YCbCrRow::begin(YCbCr encoding) {
  weights_ = weights_of(encoding);
  number_ = kNoRow;
}

void YCbCrRow::convert(const std::uint8_t* luma, const std::uint8_t* chroma, int number, std::uint8_t* planes) {
  const std::size_t whole = width_ / kChunk * kChunk;
  // The rest of a row that does not end with a chunk is copied, so that something lies behind it.
  if (number != number_) {
    spread(chroma, 0, whole);
    if (whole < width_) {
      std::array<std::uint8_t, kChunk> rest{};
      std::copy(chroma + whole, chroma + (width_ + 1) / 2 * 2, rest.data());
      spread(rest.data(), whole, kChunk);
    }
    number_ = number;
  }
  const auto add = [&](const std::uint8_t* from, std::size_t first, std::size_t count) {
    const std::int16_t* colour = colours_.data() + first;
    add_luma(from, count, weights_.luma, colour, colour + plane_size_, colour + 2 * plane_size_, planes + first,
             planes + plane_size_ + first, planes + 2 * plane_size_ + first);
  };
  add(luma, 0, whole);
  if (whole < width_) {
    std::array<std::uint8_t, kChunk> rest{};
    std::copy(luma + whole, luma + width_, rest.data());
    add(rest.data(), whole, kChunk);
  }
}

void YCbCrRow::spread(const std::uint8_t* chroma, std::size_t first, std::size_t count) {
  std::int16_t* colour = colours_.data() + first;
  spread_pairs(chroma, count, weights_, colour, colour + plane_size_, colour + 2 * plane_size_);
}

}  // namespace vision
