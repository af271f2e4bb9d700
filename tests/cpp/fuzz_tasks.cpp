// Feeds every task random outputs that end exactly where they may be read, and classification's resize pictures. Prints
// a digest of what has to be the same in all builds and on all machines, and how much went into it; what the system's
// exp, log, sin and cos are part of may differ in its last bits, and is written to a file, as float32.
//
//     fuzz_tasks SEED CASES [NUMBERS]
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzzing.h"
#include "list_of.h"
#include "pixels.h"
#include "vision/centre_crop.h"
#include "vision/contour.h"
#include "vision/tasks/obb.h"
#include "vision/tasks/task.h"

namespace {

using namespace fuzzing;

std::vector<float> last_bits_may_differ;

void differs(float number) { last_bits_may_differ.push_back(number); }

// A task's digest, and how much went into it: that of nothing is the same in all builds, too.
struct Told : Digest {
  std::map<std::string, std::size_t> counts;

  void count(const char* what, std::size_t more) { counts[what] += more; }
  void print(const char* name) const {
    Digest::print(name);
    for (const auto& [what, number] : counts) std::printf("%s %s %zu\n", name, what.c_str(), number);
  }
};

// A model and its outputs.
struct Case {
  vision::ModelInfo info;
  std::vector<vision::Shape> shapes;
  std::vector<int> strides, kept;
  std::vector<std::string_view> names;
  std::vector<std::unique_ptr<Values>> values;
  std::vector<std::unique_ptr<float[]>> floats;
  std::vector<vision::TensorView> outputs;

  static vision::Shape shape_of(std::initializer_list<int> sizes) {
    vision::Shape shape;
    for (const int size : sizes) shape.size[shape.rank++] = size;
    return shape;
  }

  void add(Random& random, const vision::Shape& shape, int low, int high) {
    values.push_back(std::make_unique<Values>(random, shape.values(), low, high));
    shapes.push_back(shape);
    outputs.push_back({values.back()->numbers(), shape});
  }

  float* add_floats(const vision::Shape& shape) {
    floats.push_back(exactly<float>(shape.values()));
    shapes.push_back(shape);
    outputs.push_back({floats.back().get(), shape});
    return floats.back().get();
  }

  void describe(Random& random, int classes) {
    names.assign(static_cast<std::size_t>(classes), "a class");
    if (random.below(2) == 0) kept.push_back(random.below(classes));
    info.outputs = list_of(shapes);
    info.strides = list_of(strides);
    info.kept_classes = list_of(kept);
    info.class_names = list_of(names);
  }
};

// A box in input pixels, also of no area and beside the picture; x and y of its centre, width and height, or corners.
void put_box(Random& random, const vision::ModelInfo& info, bool corners, float* out, std::size_t step) {
  const int across = info.input_width, down = info.input_height;
  const bool is_empty = random.below(8) == 0, is_outside = random.below(8) == 0;
  const float x = random.uniform(0, across) + static_cast<float>(is_outside ? 3 * across : 0);
  const float y = random.uniform(0, down);
  const float width = is_empty ? 0 : random.uniform(-2, across), height = random.uniform(-2, down);
  const float box[] = {x, y, width, height};
  const float ends[] = {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
  for (std::size_t i = 0; i < 4; ++i) {
    out[i * step] = random.below(80) == 0 ? kOddValues[random.below(kOddCount)] : corners ? ends[i] : box[i];
  }
}

// The outputs of a head that gives so many numbers beside each box. least: of scores.
void add_head(Case& any, Random& random, int extras, int classes) {
  constexpr const vision::Head* kHeads[] = {&vision::kRawHead, &vision::kEnd2endHead, &vision::kDecodedHead,
                                            &vision::kDetectionsHead};
  vision::ModelInfo& info = any.info;
  info.input_width = 16 * random.between(1, 7);
  info.input_height = 16 * random.between(1, 7);
  info.head = kHeads[random.below(4)];
  if (info.head->has_levels) {
    info.reg_max = random.below(2) == 0 ? 1 : 16;
    any.strides = {8, 16};
    for (const int stride : any.strides) {
      const int height = info.input_height / stride, width = info.input_width / stride;
      any.add(random, Case::shape_of({1, 4 * info.reg_max, height, width}), -3, 6);
      // No int8 here: scores that a sigmoid makes all but equal would be sorted by the system's exp.
      const vision::Shape logits = Case::shape_of({1, classes, height, width});
      float* out = any.add_floats(logits);
      for (std::size_t i = 0; i < logits.values(); ++i) out[i] = random.uniform(-9, 3);
      any.add(random, Case::shape_of({1, extras, height, width}), -4, 4);
    }
    return;
  }
  const bool is_decoded = info.head == &vision::kDecodedHead;
  const auto count = static_cast<std::size_t>(random.between(1, 60));
  const int numbers = is_decoded ? 4 + classes + extras : 6 + extras;
  const auto rows = static_cast<std::size_t>(numbers);
  const int n = static_cast<int>(count);
  float* out = any.add_floats(is_decoded ? Case::shape_of({1, numbers, n}) : Case::shape_of({1, n, numbers}));
  for (std::size_t i = 0; i < count; ++i) {
    float* row = is_decoded ? out + i : out + i * rows;
    const std::size_t step = is_decoded ? count : 1;
    put_box(random, info, !is_decoded && extras != 1, row, step);  // with an angle, no corners
    const std::size_t first_extra = rows - static_cast<std::size_t>(extras);
    for (std::size_t v = 4; v < rows; ++v) {
      row[v * step] = v < first_extra ? random.uniform(0, 1) : value_or_odd(random, -4, 4);
    }
    if (!is_decoded) row[5] = static_cast<float>(random.between(-1, classes));
  }
}

vision::Thresholds thresholds_of(Random& random) {
  constexpr double kConfidences[] = {0, 0.001, 0.25, 0.5}, kIous[] = {0, 0.3, 0.7, 1};
  vision::Thresholds thresholds;
  thresholds.confidence = kConfidences[random.below(4)];
  thresholds.iou = kIous[random.below(4)];
  thresholds.max_detections = random.below(4) == 0 ? 300 : random.between(1, 12);
  thresholds.agnostic = random.below(2) == 0;
  thresholds.retina_masks = random.below(2) == 0;
  return thresholds;
}

const vision::Result& run(Case& any, Random& random, vision::Task& task, vision::Result& result, int most = 200) {
  const int width = random.between(1, most), height = random.between(1, most);
  const vision::LetterboxPlan plan = vision::plan_letterbox(width, height, any.info.input_width, any.info.input_height);
  task.run(any.outputs.data(), plan, thresholds_of(random), result);
  return result;
}

void add_boxes(const vision::Result& result, Told& digest, bool with_corners) {
  digest.add(result.candidates);
  digest.count("cases", result.boxes.empty() ? 0 : 1);
  digest.count("things", result.boxes.size());
  for (const vision::Detection& box : result.boxes) {
    if (with_corners) digest.add(&box.x1, 4 * sizeof(float));
    digest.add(box.class_id);
    digest.add(box.index);
    differs(box.score);
  }
}

void pose(Random& random, Told& digest) {
  constexpr int kShapes[][2] = {{17, 3}, {4, 2}, {1, 3}};
  Case any;
  const auto& shape = kShapes[random.below(3)];
  const int classes = random.between(1, 4);
  add_head(any, random, shape[0] * shape[1], classes);
  any.info.keypoints = shape[0];
  any.info.keypoint_values = shape[1];
  any.info.keypoint_scale = static_cast<float>(random.between(1, 2));
  any.info.keypoint_shift = random.below(2) == 0 ? -0.5F : 0;
  any.describe(random, classes);
  vision::Result result;
  add_boxes(run(any, random, *vision::make_pose(any.info), result), digest, true);
  for (const vision::Keypoint& point : result.keypoints) {
    digest.add(&point.x, 2 * sizeof(float));
    digest.count(point.x > 0 && point.y > 0 ? "points" : "points at an edge", 1);
    differs(point.score);
  }
}

void obb(Random& random, Told& digest) {
  Case any;
  const int classes = random.between(1, 4);
  add_head(any, random, 1, classes);
  any.info.angle_rule = random.below(2) == 0 ? vision::AngleRule::kSigmoid : vision::AngleRule::kLogit;
  any.describe(random, classes);
  vision::Result result;
  add_boxes(run(any, random, *vision::make_obb(any.info), result), digest, false);
  for (const vision::RotatedBox& box : result.rotated) {
    for (const float number : {box.cx, box.cy, box.width, box.height, box.angle}) differs(number);
    for (const vision::Point& corner : vision::corners_of(box)) differs(corner.x), differs(corner.y);
    digest.count("turned", std::isfinite(box.angle) && box.angle != 0 ? 1 : 0);
  }
}

void segment(Random& random, Told& digest) {
  Case any;
  const int classes = random.between(1, 4), coefficients = random.between(2, 6);
  add_head(any, random, coefficients, classes);
  const vision::Shape shape = Case::shape_of({1, coefficients, any.info.input_height / 4, any.info.input_width / 4});
  float* prototypes = any.add_floats(shape);
  const bool has_odd = random.below(3) == 0;
  for (std::size_t i = 0; i < shape.values(); ++i) {
    prototypes[i] = has_odd ? value_or_odd(random, -2, 2) : random.uniform(-2, 2);
  }
  any.info.mask_coefficients = coefficients;
  any.describe(random, classes);
  vision::Result result;
  add_boxes(run(any, random, *vision::make_segment(any.info), result, 120), digest, true);
  const auto& pixels = result.masks.pixels;
  digest.add(pixels.data(), pixels.size());
  const auto set = pixels.size() - static_cast<std::size_t>(std::count(pixels.begin(), pixels.end(), std::uint8_t{0}));
  digest.count("pixels", set);
  digest.count("pixels beside", pixels.size() - set);
  for (std::size_t i = 0; i < result.masks.parts.size(); ++i) {
    const vision::Masks::Part& part = result.masks.parts[i];
    for (const int number : {part.left, part.top, part.width, part.height}) digest.add(number);
    const std::vector<vision::Point> polygon = vision::polygon_of(result, i);
    digest.add(polygon.data(), polygon.size() * sizeof(vision::Point));
    digest.count("corners", polygon.size());
  }
}

void maps(Random& random, Told& semantic, Told& depth) {
  const int classes = random.between(1, 6), rows = random.between(1, 6), columns = random.between(1, 6);
  const int finer = random.below(2) == 0 ? 1 : 8;
  for (const bool is_depth : {false, true}) {
    Case any;
    any.info.input_height = 8 * rows;
    any.info.input_width = 8 * columns;
    any.info.contract = is_depth ? vision::Contract::kDepth : vision::Contract::kLogits;
    const vision::Shape shape = Case::shape_of({1, is_depth ? 1 : classes, finer * rows, finer * columns});
    float* out = any.add_floats(shape);
    for (std::size_t i = 0; i < shape.values(); ++i) out[i] = value_or_odd(random, -8, 8);
    any.describe(random, is_depth ? 1 : classes);
    vision::Result result;
    const auto task = is_depth ? vision::make_depth(any.info) : vision::make_semantic(any.info);
    run(any, random, *task, result, 100);
    semantic.add(result.class_map.data(), result.class_map.size() * sizeof(std::uint16_t));
    semantic.count("pixels", result.class_map.size());
    semantic.count("classes", result.classes.size());
    for (const vision::ClassScore& share : result.classes) semantic.add(share.class_id), differs(share.score);
    for (const float far : result.depth) {  // what is no number has several patterns of bits
      const float known = std::isnan(far) ? -1 : far;
      depth.count(std::isfinite(far) ? "distances" : "unknown", 1);
      depth.add(&known, sizeof known);
    }
  }
}

void classify(Random& random, Told& digest) {
  Case any;
  const int classes = random.between(1, 40);
  any.info.contract = random.below(2) == 0 ? vision::Contract::kLogits : vision::Contract::kProbabilities;
  const bool has_logits = any.info.contract == vision::Contract::kLogits;
  float* out = any.add_floats(Case::shape_of({1, classes}));
  for (int i = 0; i < classes; ++i) out[i] = random.uniform(has_logits ? -6 : 0, has_logits ? 6 : 1);
  any.info.input_width = any.info.input_height = 32;
  any.describe(random, classes);
  vision::Result result;
  for (const vision::ClassScore& one : run(any, random, *vision::make_classify(any.info), result).classes) {
    digest.add(one.class_id);
    digest.count("classes", 1);
    differs(one.score);
  }
}

void crop(Random& random, Told& digest) {
  const int input_width = random.between(1, 50),
            input_height = random.below(3) == 0 ? random.between(1, 50) : input_width;
  vision::ModelInfo info;
  info.input_width = input_width;
  info.input_height = input_height;
  info.rgb = random.below(2) == 0;
  info.input_steps = any_steps(random);
  info.is_bicubic = random.below(2) == 0;
  info.shorter_side = random.below(2) * (std::max(input_width, input_height) + random.below(9));
  vision::CentreCrop maker(info);
  const std::size_t values = static_cast<std::size_t>(input_width) * static_cast<std::size_t>(input_height) * 3;
  const auto tensor = exactly<float>(values);
  const auto bytes = exactly<std::uint8_t>(values);
  const auto steps = exactly<std::int8_t>(values);
  int width = random.between(1, 120), height = random.between(1, 120);
  const int orientation = random.between(1, 8);
  if (orientation >= 5) std::swap(width, height);
  const int format = random.below(kNv12);
  constexpr int kPixel[] = {3, 3, 4, 4};
  const Plane picture(random, width * kPixel[format], height);
  vision::Nv12Converter unused;
  const vision::ImageView view =
      upright_view({picture.data(), width, height, picture.row(), format, orientation}, unused);
  const vision::LetterboxPlan plan = maker.to_tensor(view, tensor.get());
  write_pixels(maker, view, bytes.get());
  maker.to_tensor(view, steps.get());
  digest.add(tensor.get(), values * sizeof(float));
  digest.add(bytes.get(), values);
  digest.add(steps.get(), values);
  for (const int number : {plan.resized_width, plan.resized_height, plan.left, plan.top}) digest.add(number);
  digest.count("pictures", 1);
  digest.count("values", values);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  Random random(std::strtoull(argv[1], nullptr, 10));
  const int cases = std::atoi(argv[2]);
  Told poses, turned, masks, semantic, depth, classes, crops;
  for (int i = 0; i < cases; ++i) {
    pose(random, poses);
    obb(random, turned);
    segment(random, masks);
    maps(random, semantic, depth);
    classify(random, classes);
    crop(random, crops);
  }
  poses.print("pose");
  turned.print("obb");
  masks.print("segment");
  semantic.print("semantic");
  depth.print("depth");
  classes.print("classify");
  crops.print("crop");
  std::printf("numbers %zu\n", last_bits_may_differ.size());
  if (argc == 3) return 0;
  std::FILE* file = std::fopen(argv[3], "wb");
  if (file == nullptr) return 1;
  const std::size_t size = last_bits_may_differ.size();
  const bool is_written = std::fwrite(last_bits_may_differ.data(), sizeof(float), size, file) == size;
  return std::fclose(file) == 0 && is_written ? 0 : 1;
}
