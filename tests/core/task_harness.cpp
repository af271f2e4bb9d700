// Every task behind a C interface, for ctypes: outputs in, the parts of a result out.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "vision/rotated_nms.h"
#include "vision/tasks/detect.h"
#include "vision/tasks/obb.h"
#include "vision/tasks/pose.h"

namespace {

struct Description {
  std::vector<vision::Shape> shapes;
  std::vector<int> strides, kept;
  std::vector<std::string_view> names;
};

// What List holds belongs to somebody else: here, to the description.
template <typename T>
vision::List<T> list_of(const std::vector<T>& items) {
  static_assert(sizeof(vision::List<T>) == sizeof(const T*) + sizeof(std::size_t));
  vision::List<T> list;
  const T* data = items.data();
  const std::size_t size = items.size();
  std::memcpy(static_cast<void*>(&list), &data, sizeof data);
  std::memcpy(reinterpret_cast<char*>(&list) + sizeof data, &size, sizeof size);
  return list;
}

struct Running {
  Description description;
  vision::ModelInfo info;
  std::unique_ptr<vision::Task> task;
  vision::Result result;
};

using Maker = std::unique_ptr<vision::Task> (*)(const vision::ModelInfo&);
const std::map<std::string, Maker> kMakers = {
    {"detect", vision::make_detect}, {"pose", vision::make_pose}, {"obb", vision::make_obb}};

}  // namespace

extern "C" {

// numbers: input height, input width, contract, reg_max, classes, keypoints, values of each, angle rule, coefficients.
// shapes: 4 sizes for each output. kept: classes, or none. nullptr when the description is refused.
void* task_new(const char* name, const int* numbers, const float* rule, int num_outputs, const int* ranks,
               const int* shapes, int num_strides, const int* strides, int num_kept, const int* kept) {
  auto running = std::make_unique<Running>();
  vision::ModelInfo& info = running->info;
  Description& description = running->description;
  for (int i = 0; i < num_outputs; ++i) {
    vision::Shape shape;
    shape.rank = ranks[i];
    for (int k = 0; k < shape.rank; ++k) shape.size[k] = shapes[4 * i + k];
    description.shapes.push_back(shape);
  }
  description.strides.assign(strides, strides + num_strides);
  description.kept.assign(kept, kept + num_kept);
  description.names.assign(static_cast<std::size_t>(numbers[4]), "a class");
  info.outputs = list_of(description.shapes);
  info.strides = list_of(description.strides);
  info.kept_classes = list_of(description.kept);
  info.class_names = list_of(description.names);
  info.input_height = numbers[0];
  info.input_width = numbers[1];
  info.contract = static_cast<vision::Contract>(numbers[2]);
  info.reg_max = numbers[3];
  info.keypoints = numbers[5];
  info.keypoint_values = numbers[6];
  info.angle_rule = static_cast<vision::AngleRule>(numbers[7]);
  info.mask_coefficients = numbers[8];
  info.keypoint_scale = rule[0];
  info.keypoint_shift = rule[1];
  try {
    running->task = kMakers.at(name)(info);
  } catch (const std::exception&) {
    return nullptr;
  }
  return running.release();
}

void task_free(void* task) { delete static_cast<Running*>(task); }

void task_run(void* task, const float* const* outputs, int source_height, int source_width, double confidence,
              double iou, int max_det, int agnostic, int retina) {
  auto& running = *static_cast<Running*>(task);
  std::vector<vision::TensorView> views;
  for (std::size_t i = 0; i < running.info.outputs.size(); ++i) {
    views.push_back({outputs[i], vision::TensorType::kFloat32, running.info.outputs[i], 1, 0});
  }
  vision::Thresholds thresholds;
  thresholds.confidence = confidence;
  thresholds.iou = iou;
  thresholds.max_detections = max_det;
  thresholds.agnostic = agnostic != 0;
  thresholds.retina_masks = retina != 0;
  const vision::LetterboxPlan plan =
      vision::plan_letterbox(source_width, source_height, running.info.input_width, running.info.input_height);
  running.task->run(views.data(), plan, thresholds, running.result);
}

// Bytes of a part of the result; copies them where there is a place for them.
std::size_t task_part(const void* task, const char* name, void* out) {
  const vision::Result& result = static_cast<const Running*>(task)->result;
  const auto give = [out](const auto& items) {
    const std::size_t bytes = items.size() * sizeof items[0];
    if (out != nullptr && bytes > 0) std::memcpy(out, items.data(), bytes);
    return bytes;
  };
  const std::string part = name;
  if (part == "boxes") return give(result.boxes);
  if (part == "keypoints") return give(result.keypoints);
  if (part == "rotated") return give(result.rotated);
  const std::vector<int> sizes = {result.width, result.height, result.candidates};
  return give(sizes);
}

void task_overlaps(const vision::RotatedBox* one, const vision::RotatedBox* other, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = vision::probabilistic_iou(one[i], other[i]);
}

}  // extern "C"
