#include "detector/outputs.h"

namespace detector {
namespace {

constexpr std::size_t kNumLevels = model_info::kStrides.size();
static_assert(model_info::kContract != model_info::Contract::kRaw || kNumOutputs == 2 * kNumLevels);

}  // namespace

const std::vector<vision::Candidate>& decode(vision::Decoder& decoder, const Outputs& outputs, double confidence,
                                             const std::uint8_t* keep_class) {
  vision::DecodeOptions options;
  options.num_classes = model_info::kNumClasses;
  options.reg_max = model_info::kRegMax;
  options.confidence = static_cast<float>(confidence);
  options.keep_class = keep_class;

  if constexpr (model_info::kContract == model_info::Contract::kDecoded) {
    return decoder.decoded(outputs[0], model_info::kOutputShapes[0][2], options);
  } else {
    std::array<vision::RawLevel, kNumLevels> levels;
    for (std::size_t i = 0; i < kNumLevels; ++i) {
      const auto& shape = model_info::kOutputShapes[2 * i + 1];  // (1, classes, height, width)
      levels[i] = {outputs[2 * i], outputs[2 * i + 1], shape[2], shape[3], static_cast<float>(model_info::kStrides[i])};
    }
    return decoder.raw(levels.data(), static_cast<int>(kNumLevels), options);
  }
}

}  // namespace detector
