// Feeds the core random input, whose buffers end exactly where they may be read or written, and prints a digest of what
// came out. A sanitizer watches one build; all builds, on all machines, must print the same.
//
//     fuzz SEED CASES
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "fuzzing.h"
#include "pixels.h"
#include "vision/letterbox.h"
#include "vision/letterbox_top_left.h"
#include "vision/levels.h"
#include "vision/stretch.h"

namespace {

using namespace fuzzing;

void letterbox(Random& random, Digest& digest) {
  const int input_width = random.between(1, 90), input_height = random.between(1, 90);
  vision::ModelInfo info;
  info.input_width = input_width;
  info.input_height = input_height;
  info.rgb = random.below(2) == 0;
  info.pad_value = static_cast<std::uint8_t>(random.below(256));
  info.input_steps = any_steps(random);
  constexpr vision::MakePlan kPlans[] = {vision::plan_letterbox, vision::plan_letterbox_top_left, vision::plan_stretch};
  vision::Letterbox box(info, kPlans[random.below(3)]);
  const std::size_t values = static_cast<std::size_t>(input_width) * static_cast<std::size_t>(input_height) * 3;
  const auto tensor = exactly<float>(values);
  const auto bytes = exactly<std::uint8_t>(values);
  const auto steps = exactly<std::int8_t>(values);

  vision::Nv12Converter converter;
  for (int frame = 0; frame < 3; ++frame) {
    int width = random.between(1, 150), height = random.between(1, 150);
    if (random.below(4) == 0) width = 2 * input_width, height = 2 * input_height;
    if (random.below(4) == 0) width = 1;
    const int orientation = random.between(1, 8);
    if (orientation >= 5) std::swap(width, height);
    const int format = random.below(5);
    constexpr int kPixel[] = {3, 3, 4, 4, 1};
    const Plane picture(random, width * kPixel[format], height);
    const Plane chroma(random, (width + 1) / 2 * 2, (height + 1) / 2);
    const vision::ImageView view = upright_view({picture.data(), width, height, picture.row(), format, orientation,
                                                 chroma.data(), chroma.row(), random.below(4)},
                                                converter);
    const vision::LetterboxPlan plan = box.to_tensor(view, tensor.get());
    write_pixels(box, view, bytes.get());
    box.to_tensor(view, steps.get());
    digest.add(tensor.get(), values * sizeof(float));
    digest.add(bytes.get(), values);
    digest.add(steps.get(), values);
    digest.add(plan.resized_width);
    digest.add(plan.resized_height);
  }
}

vision::NmsOptions nms_options(Random& random) {
  constexpr double kIous[] = {0, 0.45, 0.5, 0.7, 1};
  vision::NmsOptions options;
  options.iou = kIous[random.below(5)];
  options.max_det = random.between(0, 300);
  options.agnostic = random.below(2) == 0;
  options.max_candidates = random.between(0, 500);
  return options;
}

void decode(Random& random, Digest& digest) {
  constexpr float kConfidences[] = {0, 0.001F, 0.25F, 0.9F, 1};
  constexpr int kMaxLevels = 3;
  const int num_classes = random.between(1, 20), reg_max = random.between(1, 18),
            levels = random.between(1, kMaxLevels);
  const auto keep = exactly<std::uint8_t>(static_cast<std::size_t>(num_classes));
  for (int c = 0; c < num_classes; ++c) keep[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(random.below(4));
  vision::DecodeOptions options;
  options.num_classes = num_classes;
  options.reg_max = reg_max;
  options.confidence = kConfidences[random.below(5)];
  options.keep_class = random.below(2) == 0 ? keep.get() : nullptr;

  std::unique_ptr<Values> boxes[kMaxLevels], scores[kMaxLevels];
  std::vector<vision::RawLevel> level;
  for (int i = 0; i < levels; ++i) {
    const int height = random.between(1, 20), width = random.between(1, 20);
    const std::size_t cells = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    boxes[i] = std::make_unique<Values>(random, cells * 4 * static_cast<std::size_t>(reg_max), -8, 8);
    scores[i] = std::make_unique<Values>(random, cells * static_cast<std::size_t>(num_classes), -9, 3);
    level.push_back({boxes[i]->numbers(), scores[i]->numbers(), height, width, static_cast<float>(8 << i)});
  }
  for (const vision::Candidate& candidate : vision::decode_raw(level, options)) {
    digest.add(candidate.index);
    digest.add(candidate.class_id);
    digest.add(&candidate.x1, 4 * sizeof(float));  // not the score: the system's own exp may differ in its last bit
  }

  options.max_det = random.between(0, 500);
  options.agnostic = random.below(2) == 0;
  vision::most_confident(vision::top_k(level, options),
                         options.max_det);  // which ones: the system's exp decides between equals

  const int n = random.between(1, 400);
  const std::size_t size = static_cast<std::size_t>(n) * static_cast<std::size_t>(4 + num_classes);
  const auto output = exactly<float>(size);
  for (std::size_t k = 0; k < size; ++k) {
    output[k] = value_or_odd(random, 0, k < 4 * static_cast<std::size_t>(n) ? 640 : 1);
  }
  for (const vision::Candidate& candidate : vision::decode_detections(output.get(), n / 2, options)) {
    digest.add(&candidate.x1, 6 * sizeof(float));
  }
  for (const vision::Candidate& candidate : vision::decode_multilabel(output.get(), n, options)) {
    digest.add(&candidate.x1, 6 * sizeof(float));
  }
  const auto candidates = vision::decode_decoded(output.get(), n, options);
  const int width = random.between(1, 2000), height = random.between(1, 2000);  // not as arguments: any order there
  const vision::LetterboxPlan plan = vision::plan_letterbox(width, height, 640, 480);
  for (const std::size_t position : vision::nms(candidates, nms_options(random))) {
    const vision::Detection found = vision::to_image(candidates[position], plan);
    digest.add(&found.x1, 6 * sizeof(float));
  }
}

void suppress(Random& random, Digest& digest) {
  std::vector<vision::Candidate> candidates(static_cast<std::size_t>(random.below(400)));
  for (vision::Candidate& candidate : candidates) {
    candidate.x1 = value_or_odd(random, -10, 600);
    candidate.y1 = value_or_odd(random, -10, 600);
    candidate.x2 = candidate.x1 + value_or_odd(random, -20, 300);
    candidate.y2 = candidate.y1 + value_or_odd(random, -20, 300);
    candidate.score = random.below(20) == 0 ? kOddValues[random.below(kOddCount)] : random.uniform(0, 1);
    candidate.class_id = random.below(random.below(2) == 0 ? 2 : 10000);
  }
  for (const std::size_t position : vision::nms(candidates, nms_options(random))) {
    digest.add(static_cast<int>(position));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Random random(std::strtoull(argv[1], nullptr, 10));
  const int cases = std::atoi(argv[2]);
  Digest letterboxes, detections, kept;
  for (int i = 0; i < cases; ++i) {
    letterbox(random, letterboxes);
    decode(random, detections);
    suppress(random, kept);
  }
  letterboxes.print("letterbox");
  detections.print("decode");
  kept.print("nms");
  return 0;
}
