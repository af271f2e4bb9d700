// Every task behind a C interface, for ctypes: outputs in, the parts of a result out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "list_of.h"
#include "pixels.h"
#include "tracking/bytetrack.h"
#include "tracking/rotated_boxes.h"
#include "vision/centre_crop.h"
#include "vision/contour.h"
#include "vision/rotated_nms.h"
#include "vision/tasks/obb.h"
#include "vision/tasks/task.h"

namespace {

struct Description {
  std::vector<vision::Shape> shapes;
  std::vector<int> strides, kept;
  std::vector<std::string_view> names;
};

struct Running {
  Description description;
  vision::ModelInfo info;
  std::unique_ptr<vision::Task> task;
  vision::Result result;
};

using Maker = std::unique_ptr<vision::Task> (*)(const vision::ModelInfo&);
const std::map<std::string, Maker> kMakers = {{"detect", vision::make_detect},     {"pose", vision::make_pose},
                                              {"obb", vision::make_obb},           {"segment", vision::make_segment},
                                              {"classify", vision::make_classify}, {"semantic", vision::make_semantic},
                                              {"depth", vision::make_depth}};

// By number of the contract.
const vision::Head* const kHeads[] = {&vision::kRawHead, &vision::kEnd2endHead, &vision::kDecodedHead,
                                      &vision::kMultilabelHead, &vision::kDetectionsHead};

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
  if (numbers[2] < static_cast<int>(std::size(kHeads))) info.head = kHeads[numbers[2]];
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

// scales: of an output in int8; 0 where it is float32.
void task_run(void* task, const void* const* outputs, const float* scales, const int* zero_points, int source_height,
              int source_width, double confidence, double iou, int max_det, int agnostic, int retina) {
  auto& running = *static_cast<Running*>(task);
  std::vector<vision::TensorView> views;
  for (std::size_t i = 0; i < running.info.outputs.size(); ++i) {
    views.push_back({{outputs[i], {scales[i], zero_points[i]}}, running.info.outputs[i]});
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

// Keeps the detections whose byte is not 0.
void task_keep(void* task, const std::uint8_t* wanted) {
  vision::keep_if(static_cast<Running*>(task)->result, [&](std::size_t place) { return wanted[place] != 0; });
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
  if (part == "capacity") {
    return give(std::vector<std::uint64_t>{result.class_map.capacity(), result.depth.capacity()});
  }
  if (part == "boxes") return give(result.boxes);
  if (part == "keypoints") return give(result.keypoints);
  if (part == "rotated") return give(result.rotated);
  if (part == "classes") return give(result.classes);
  if (part == "class_map") return give(result.class_map);
  if (part == "depth") return give(result.depth);
  if (part == "masks") return give(result.masks.parts);
  if (part == "pixels") return give(result.masks.pixels);
  if (part == "polygons" || part == "polygon_sizes") {
    std::vector<vision::Point> points;
    std::vector<int> counts;
    for (std::size_t i = 0; i < result.masks.parts.size(); ++i) {
      const std::vector<vision::Point> polygon = vision::polygon_of(result, i);
      points.insert(points.end(), polygon.begin(), polygon.end());
      counts.push_back(static_cast<int>(polygon.size()));
    }
    return part == "polygons" ? give(points) : give(counts);
  }
  const std::vector<int> sizes = {result.width, result.height, result.candidates, result.masks.width,
                                  result.masks.height};
  return give(sizes);
}

void task_overlaps(const vision::RotatedBox* one, const vision::RotatedBox* other, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = vision::probiou(one[i], other[i]);
}

// out: four points of each box.
void task_corners(const vision::RotatedBox* boxes, std::size_t count, vision::Point* out) {
  for (std::size_t i = 0; i < count; ++i) {
    for (const vision::Point& corner : vision::corners_of(boxes[i])) *out++ = corner;
  }
}

void* tracker_new(int turned) {
  return turned != 0 ? new vision::ByteTrack(vision::kRotatedBoxes) : new vision::ByteTrack();
}

void tracker_free(void* tracker) { delete static_cast<vision::ByteTrack*>(tracker); }

// boxes: five numbers each, in and out; places: where each one that is left was. Returns how many are left.
std::size_t tracker_update(void* tracker, int turned, const float* boxes, const float* scores, std::size_t count,
                           int* numbers, float* left, int* places) {
  vision::Result result;
  result.width = 640;
  result.height = 480;
  for (std::size_t i = 0; i < count; ++i) {
    const float* box = boxes + 5 * i;
    if (turned != 0) result.rotated.push_back({box[0], box[1], box[2], box[3], box[4]});
    result.boxes.push_back({box[0], box[1], box[2], box[3], scores[i], 0, static_cast<int>(i)});
    result.masks.parts.push_back({static_cast<int>(i), 0, 0, 0, i});
    for (int k = 0; k < 2; ++k) result.keypoints.push_back({static_cast<float>(i), static_cast<float>(k), 1});
  }
  (*static_cast<vision::ByteTrack*>(tracker))(result);
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const vision::Detection& box = result.boxes[i];
    const vision::RotatedBox rotated =
        turned != 0 ? result.rotated[i] : vision::RotatedBox{box.x1, box.y1, box.x2, box.y2, 0};
    const float all[] = {rotated.cx, rotated.cy, rotated.width, rotated.height, rotated.angle};
    std::copy(all, all + 5, left + 5 * i);
    numbers[i] = result.track_ids[i];
    const auto number = static_cast<std::size_t>(box.index);
    const bool is_whole = result.masks.parts.size() == result.boxes.size() && result.masks.parts[i].first == number &&
                          result.keypoints.size() == 2 * result.boxes.size() &&
                          result.keypoints[2 * i + 1].x == static_cast<float>(number) &&
                          result.keypoints[2 * i + 1].y == 1;
    places[i] = is_whole ? box.index : -1;  // what belongs to it came with it
  }
  return result.boxes.size();
}

void* crop_new(int height, int width, int shorter_side, int is_bicubic, const double* mean, const double* std,
               float step, int zero_point) {
  const std::vector<double> means(mean, mean + 3), deviations(std, std + 3);
  vision::ModelInfo info;
  info.input_width = width;
  info.input_height = height;
  info.mean = list_of(means);
  info.std = list_of(deviations);
  info.input_steps = {step, zero_point};
  info.shorter_side = shorter_side;
  info.is_bicubic = is_bicubic != 0;
  return new vision::CentreCrop(info);
}

void crop_free(void* crop) { delete static_cast<vision::CentreCrop*>(crop); }

// Fills whichever of tensor, bytes and numbers is given. plan: resized height and width, left, top.
void crop_run(void* crop, const std::uint8_t* data, int height, int width, std::ptrdiff_t bytes_per_row, int format,
              int orientation, float* tensor, std::uint8_t* bytes, std::int8_t* numbers, int* plan) {
  vision::Nv12Converter unused;
  const vision::ImageView view = upright_view({data, width, height, bytes_per_row, format, orientation}, unused);
  auto& maker = *static_cast<vision::CentreCrop*>(crop);
  const vision::LetterboxPlan found = tensor != nullptr    ? maker.to_tensor(view, tensor)
                                      : numbers != nullptr ? maker.to_tensor(view, numbers)
                                                           : write_pixels(maker, view, bytes);
  plan[0] = found.resized_height;
  plan[1] = found.resized_width;
  plan[2] = found.left;
  plan[3] = found.top;
}

// (height, width, 3) -> the part (rows, columns, 3) of it at another size.
void pillow_resize(const std::uint8_t* data, int height, int width, const int* numbers, int filter, std::uint8_t* out) {
  vision::PillowResizer resizer;
  resizer.prepare(width, height,
                  {numbers[1], numbers[0], numbers[3], numbers[2], numbers[5], numbers[4],
                   static_cast<vision::PillowFilter>(filter)});
  resizer.run(vision::rgb_view(data, width, height, 3 * width), out);
}

// Contours of a bitmap, as OpenCV gives them, and all of them joined: points x, y, one after another. sizes: points of
// each, at most as many as there are pixels; the last is that of the joined one. Returns how many sizes.
int contours(const std::uint8_t* pixels, int height, int width, int* sizes, int* points) {
  std::vector<vision::Contour> all = vision::find_contours(pixels, width, height);
  all.push_back(vision::joined(all));
  for (const vision::Contour& contour : all) {
    *sizes++ = static_cast<int>(contour.size());
    for (const vision::PixelPoint& point : contour) {
      *points++ = point.x;
      *points++ = point.y;
    }
  }
  return static_cast<int>(all.size());
}

}  // extern "C"
