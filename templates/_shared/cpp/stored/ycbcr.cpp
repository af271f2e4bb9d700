#include "stored/ycbcr.h"

#include <algorithm>
#include <array>

namespace vision {
namespace {

// Fixed point, all of it in 16 bits, of which a processor has many in one register. A sum has 5 bits behind the point:
// the largest one is then 546 * 2^5. The weights of chroma have 13 bits and are multiplied as 16-bit numbers of which
// the high half is kept; that of luma, which is below 2, has 7, with which its products fit the low half.
constexpr int kFractionBits = 5;
constexpr int kChromaBits = 13;
constexpr int kLumaBits = 7;
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

constexpr std::uint16_t fixed_point(double weight, int bits) {
  return static_cast<std::uint16_t>(weight * (1 << bits) + 0.5);
}

// What Cb or Cr adds to a channel, or takes off it, rounded down.
constexpr std::int16_t share(std::uint8_t chroma, std::uint16_t weight) {
  const auto high = static_cast<std::uint16_t>(chroma << (16 - kChromaBits + kFractionBits));
  return static_cast<std::int16_t>((std::uint32_t{high} * weight) >> 16);
}

// What luma adds to all three, rounded down.
constexpr std::int16_t brightness(std::uint8_t luma, std::uint16_t weight) {
  const auto product = static_cast<std::uint16_t>(luma * weight);
  return static_cast<std::int16_t>(product >> (kLumaBits - kFractionBits));
}

constexpr YCbCrWeights make_weights(Matrix matrix, bool video) {
  const double kg = 1 - matrix.kr - matrix.kb, chroma = kFullRange / (video ? kVideoChroma : kFullRange);
  const double red = 2 * (1 - matrix.kr) * chroma, blue = 2 * (1 - matrix.kb) * chroma;
  YCbCrWeights weights{};
  weights.luma = fixed_point(kFullRange / (video ? kVideoLuma : kFullRange), kLumaBits);
  weights.cr_to_red = fixed_point(red, kChromaBits);
  weights.cr_to_green = fixed_point(red * matrix.kr / kg, kChromaBits);
  weights.cb_to_green = fixed_point(blue * matrix.kb / kg, kChromaBits);
  weights.cb_to_blue = fixed_point(blue, kChromaBits);
  // What black and neutral chroma give, less the half that rounds: black and white come out as 0 and 255, and a gray of
  // full range as it is.
  const int zero = brightness(video ? kVideoBlack : 0, weights.luma) - kHalf;
  weights.red_zero = static_cast<std::int16_t>(zero + share(kNeutral, weights.cr_to_red));
  weights.green_zero =
      static_cast<std::int16_t>(zero - share(kNeutral, weights.cb_to_green) - share(kNeutral, weights.cr_to_green));
  weights.blue_zero = static_cast<std::int16_t>(zero + share(kNeutral, weights.cb_to_blue));
  return weights;
}

// The sum of both, rounded and kept from 0 to 255.
std::uint8_t level_of(std::int16_t light, std::int16_t colour) {
  const auto sum = static_cast<std::int16_t>(light + colour);
  const auto level = static_cast<std::int16_t>(sum >> kFractionBits);
  return static_cast<std::uint8_t>(std::max(std::min(level, kWhite), std::int16_t{0}));
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
    const std::int16_t light = brightness(luma[x], weight);
    red_out[x] = level_of(light, red[x]);
    green_out[x] = level_of(light, green[x]);
    blue_out[x] = level_of(light, blue[x]);
  }
}

YCbCrWeights weights_of(YCbCr encoding) {
  static constexpr YCbCrWeights kWeights[] = {make_weights(kBt601, true), make_weights(kBt601, false),
                                              make_weights(kBt709, true), make_weights(kBt709, false)};
  return kWeights[static_cast<std::size_t>(encoding)];
}

}  // namespace

void YCbCrRow::begin(int width, YCbCr encoding) {
  width_ = static_cast<std::size_t>(width);
  plane_size_ = (width_ + kChunk - 1) / kChunk * kChunk;
  colours_.resize(3 * plane_size_);
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
