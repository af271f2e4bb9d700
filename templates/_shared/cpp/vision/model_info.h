// The description of a model, and the numbers of its tensors. A program may hold several models; each model's own
// model_info.h describes one.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace vision {

class Preprocessor;
class Task;
struct Head;
struct ModelInfo;

// Constants in an array that lives as long as the program.
template <typename T>
class List {
 public:
  constexpr List() = default;
  template <std::size_t count>
  constexpr List(const std::array<T, count>& items) : data_(items.data()), size_(count) {}
  template <std::size_t count>
  constexpr List(const T (&items)[count]) : data_(items), size_(count) {}

  constexpr const T* begin() const { return data_; }
  constexpr const T* end() const { return data_ + size_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  const T* data_ = nullptr;
  std::size_t size_ = 0;
};

inline constexpr std::size_t kMaxRank = 4;

struct Shape {
  int rank = 0;
  int size[kMaxRank] = {};

  // Returns the number of values of the dimensions from `first` on.
  constexpr std::size_t values(int first = 0) const {
    std::size_t product = 1;
    for (int axis = first; axis < rank; ++axis) product *= static_cast<std::size_t>(size[axis]);
    return product;
  }
};

// The quantization of a tensor: a value is (int8 - zero_point) * scale. A scale of 0: float32.
struct Steps {
  float scale = 0;
  std::int32_t zero_point = 0;

  constexpr bool is_int8() const { return scale > 0; }
};

// The layout of the outputs.
//   kRaw: per level, by rising stride, boxes (1, 4 * reg_max, H, W) and class logits (1, classes, H, W). A side has
//     reg_max bins; with reg_max 1 it is the distance itself, in strides. Needs NMS.
//   kEnd2end: the same of a head with one box for an object. No NMS.
//   kDecoded: one tensor (1, 4 + classes, candidates): cx cy w h in input pixels, then scores from 0 to 1. Needs NMS.
//   kMultilabel: the same tensor, but a box may have several classes.
//   kDetections: one tensor (1, n, 6): x1 y1 x2 y2 in input pixels, score, class; best first. No NMS.
//   kLogits, kProbabilities: one value for each class, before or after the softmax; kLogits also for each pixel.
//   kDepth: one tensor (1, 1, H, W).
// Keypoints, an angle or mask coefficients are a third tensor of each level, or more values of each column or row. The
// prototypes of masks (1, n, H, W) are the last output.
enum class Contract { kRaw, kEnd2end, kDecoded, kMultilabel, kDetections, kLogits, kProbabilities, kDepth };

// How an oriented box's angle is coded.
enum class AngleRule { kNone, kSigmoid, kLogit };  // in radians; (sigmoid - 1/4) * pi; the output itself

struct Thresholds {
  double confidence = 0.25;  // 0 to 1; a score must be above it
  double iou = 0.7;          // 0 to 1; of two boxes that overlap more, only the more confident one is kept
  int max_detections = 300;
  bool agnostic = false;      // boxes of different classes suppress each other, too
  bool all_classes = false;   // ignore ModelInfo::kept_classes
  bool retina_masks = false;  // masks of the picture's size, not of the input's
};

// An extra program of the model, for another backend. A device uses it if its results are within these tolerances.
struct Program {
  struct Tolerance {
    std::string_view name;  // as in the vectors' index.json
    double value;
  };

  std::string_view file;       // next to model.pte
  std::string_view backend;    // "coreml"
  std::string_view title;      // for users: "Core ML"
  std::string_view precision;  // "float16"
  std::string_view sha256;
  std::uint32_t adler32 = 0;
  List<std::string_view> delegates;  // needed in the runtime
  List<Tolerance> tolerances;
  List<std::string_view> pictures;  // the golden pictures that prove it; empty: all
};

inline constexpr double kZeros[3] = {0, 0, 0}, kOnes[3] = {1, 1, 1};

struct ModelInfo {
  std::string_view app_name, edgegen_version;

  std::string_view name, task, precision, license;
  // The reference of the golden vectors. The export has measured how far an int8 model may differ from PyTorch.
  constexpr std::string_view compared_with() const {
    return precision.substr(0, 4) == "int8" ? "the int8 model in Python" : "PyTorch";
  }
  std::string_view exporter_version;  // of ExecuTorch; empty: unknown
  std::string_view sha256;            // of the .pte
  std::uint32_t adler32 = 0;          // of the .pte, compared at every start
  List<std::string_view> backends;    // needed in the runtime
  List<Program> extra_programs;       // empty: model.pte is the only one

  // The input (1, 3, height, width), float32 or int8. A value is (byte * scale - mean) / std; outside the letterboxed
  // picture the byte is the pad value.
  int input_height = 0, input_width = 0;  // pixels
  bool rgb = true;                        // the order of its channels; false: BGR
  double scale = 1.0 / 255;
  List<double> mean = kZeros, std = kOnes;  // by channel, in the tensor's order
  std::uint8_t pad_value = 114;
  // Of centre_crop.h: the picture's shorter side after the resize; 0: the whole picture is stretched.
  int shorter_side = 0;
  bool is_bicubic = false;  // the resize; false: bilinear
  Steps input_steps;

  Contract contract = Contract::kRaw;
  // The name in metadata.yaml.
  constexpr std::string_view contract_name() const {
    constexpr std::string_view kNames[] = {"raw",        "end2end", "decoded",       "multilabel",
                                           "detections", "logits",  "probabilities", "depth"};
    return kNames[static_cast<std::size_t>(contract)];
  }
  const Head* head = nullptr;  // of boxes: the contract's functions, from decode.h
  List<Shape> outputs;
  List<Steps> output_steps;  // of each; empty: all are float32
  constexpr Steps steps_of(std::size_t output) const { return output_steps.empty() ? Steps{} : output_steps[output]; }
  int reg_max = 0;    // of kRaw and kEnd2end
  List<int> strides;  // of kRaw and kEnd2end: input pixels per cell

  // Poses: each keypoint has x, y and, of 3 values, a score. With levels, a position is
  // (value * scale + cell centre + shift) * stride.
  int keypoints = 0, keypoint_values = 0;
  float keypoint_scale = 0, keypoint_shift = 0;
  struct Limb {
    int from, to;  // indices of keypoints
  };
  List<Limb> skeleton;
  List<std::string_view> keypoint_names;    // empty: unknown
  AngleRule angle_rule = AngleRule::kNone;  // of oriented boxes
  int mask_coefficients = 0;                // of each candidate; also the number of prototypes

  // From the resize's header; nullptr: vision::Letterbox.
  std::unique_ptr<Preprocessor> (*make_preprocessor)(const ModelInfo&) = nullptr;
  std::unique_ptr<Task> (*make_task)(const ModelInfo&) = nullptr;  // from tasks/task.h

  Thresholds thresholds;   // the defaults
  List<int> kept_classes;  // shown classes, by number; empty: all
  List<std::string_view> class_names;
};

// --- the numbers of tensors, and roundings that are the same on every machine ---

// Rounds to the nearest whole number, halves to the even one (Python's `round`, OpenCV's `cvRound`).
// std::nearbyint depends on the rounding mode.
template <typename Real>
inline int round_half_even(Real value) {
  const Real lower = std::floor(value);
  const Real rest = value - lower;
  const int whole = static_cast<int>(lower);
  const bool up = rest > Real(0.5) || (rest == Real(0.5) && whole % 2 != 0);
  return up ? whole + 1 : whole;
}

// Returns the value, rounded to its type. Compilers for ARM fuse a product and a sum into one operation with one
// rounding, which can change the last bit. A product that passes through here is rounded by itself, as on x86.
template <typename Real>
inline Real rounded(Real value) {
  const volatile Real stored = value;
  return stored;
}

// Values in memory, float32 or int8. Only this struct reads int8.
struct Numbers {
  const void* data = nullptr;
  bool is_int8 = false;
  float scale = 1;
  std::int32_t zero_point = 0;

  Numbers() = default;
  Numbers(const float* floats) : data(floats) {}
  Numbers(const void* values, const Steps& steps)
      : data(values), is_int8(steps.is_int8()), scale(steps.scale), zero_point(steps.zero_point) {}

  const float* floats() const { return static_cast<const float*>(data); }
  const std::int8_t* bytes() const { return static_cast<const std::int8_t*>(data); }
  float value(int number) const { return static_cast<float>(number - zero_point) * scale; }
  float operator[](std::size_t i) const { return is_int8 ? value(bytes()[i]) : floats()[i]; }

  // The values from index i on.
  Numbers from(std::size_t i) const {
    Numbers rest = *this;
    rest.data = is_int8 ? static_cast<const void*>(bytes() + i) : floats() + i;
    return rest;
  }
};

// Returns the nearest int8 number: half goes to even, and values out of range to the last number.
inline std::int8_t nearest(float value, const Steps& steps) {
  const float number = std::nearbyint(value / steps.scale) + static_cast<float>(steps.zero_point);
  return static_cast<std::int8_t>(std::clamp(number, -128.0F, 127.0F));
}

// A tensor's values, owned by the runtime: in the order of its dimensions, without gaps.
struct TensorView : Numbers {
  Shape shape;

  TensorView(const Numbers& numbers, const Shape& of) : Numbers(numbers), shape(of) {}
  const Numbers& numbers() const { return *this; }
};

}  // namespace vision
