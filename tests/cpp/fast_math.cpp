// Decodes random outputs, some of them not a number: for builds with -ffast-math and a sanitizer.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "vision/levels.h"

namespace {

constexpr int kClasses = 5, kSize = 8;
constexpr std::size_t kCells = std::size_t{kSize} * kSize;

std::vector<float> noise(std::uint32_t& state, std::size_t count, float lowest, float highest) {
  std::vector<float> numbers(count);
  for (float& number : numbers) {
    state = state * 1664525U + 1013904223U;
    number = lowest + (highest - lowest) * static_cast<float>(state >> 8) / (1 << 24);
    if (state % 3 == 0) number = std::numeric_limits<float>::quiet_NaN();
  }
  return numbers;
}

bool has_only_classes(const std::vector<vision::Candidate>& candidates) {
  for (const vision::Candidate& each : candidates) {
    if (each.class_id < 0 || each.class_id >= kClasses) return false;
  }
  return true;
}

}  // namespace

int main() {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::uint32_t state = seed;
    // Exactly as large as the model's: behind them the sanitizer watches.
    const std::vector<float> box = noise(state, 4 * kCells, 0, 3), logits = noise(state, kClasses * kCells, -20, 20);
    const std::vector<float> output = noise(state, (4 + kClasses) * kCells, 0, 1);
    const std::vector<vision::RawLevel> levels{{box.data(), logits.data(), kSize, kSize, 8}};
    vision::DecodeOptions options{kClasses, 1};
    options.agnostic = true;
    for (const float confidence : {0.0F, 0.25F, 0.9999F}) {
      options.confidence = confidence;
      if (!has_only_classes(vision::decode_raw(levels, options))) return 1;
      if (!has_only_classes(vision::top_k(levels, options))) return 1;
      if (!has_only_classes(vision::decode_decoded(output.data(), kCells, options))) return 1;
    }
  }
}
