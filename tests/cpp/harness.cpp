// The vision core behind a C interface, for ctypes. Arrays are the caller's; a handle belongs to one thread.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "list_of.h"
#include "pixels.h"
#include "vision/decode.h"
#include "vision/letterbox.h"
#include "vision/letterbox_top_left.h"
#include "vision/levels.h"
#include "vision/stretch.h"

namespace {

// A candidate as numpy sees it: a packed record of 7 four-byte fields.
struct Record {
  float x1, y1, x2, y2, score;
  std::int32_t class_id, index;
};

vision::Candidate candidate_of(const Record& record) {
  vision::Candidate candidate;
  candidate.x1 = record.x1;
  candidate.y1 = record.y1;
  candidate.x2 = record.x2;
  candidate.y2 = record.y2;
  candidate.score = record.score;
  candidate.class_id = record.class_id;
  candidate.index = record.index;
  return candidate;
}

int write_records(const std::vector<vision::Candidate>& candidates, Record* out) {
  for (const vision::Candidate& c : candidates) *out++ = {c.x1, c.y1, c.x2, c.y2, c.score, c.class_id, c.index};
  return static_cast<int>(candidates.size());
}

void write_plan(const vision::LetterboxPlan& plan, int* sizes, double* gains) {
  const int values[] = {plan.source_height,  plan.source_width,  plan.input_height, plan.input_width,
                        plan.resized_height, plan.resized_width, plan.left,         plan.top};
  for (const int value : values) *sizes++ = value;
  gains[0] = plan.gain_x;
  gains[1] = plan.gain_y;
}

std::vector<vision::RawLevel> levels_of(int count, const void* const* box, const void* const* cls, const int* heights,
                                        const int* widths, const float* strides, const float* steps,
                                        const int* zero_points) {
  std::vector<vision::RawLevel> levels;
  const auto numbers = [&](const void* data, int tensor) {
    return vision::Numbers(data, {steps[tensor], zero_points[tensor]});
  };
  for (int i = 0; i < count; ++i) {
    levels.push_back({numbers(box[i], 2 * i), numbers(cls[i], 2 * i + 1), heights[i], widths[i], strides[i]});
  }
  return levels;
}

std::vector<vision::Candidate> candidates_of(const Record* records, int n) {
  std::vector<vision::Candidate> candidates;
  for (int i = 0; i < n; ++i) candidates.push_back(candidate_of(records[i]));
  return candidates;
}

int write_positions(const std::vector<std::size_t>& positions, int* out) {
  for (const std::size_t position : positions) *out++ = static_cast<int>(position);
  return static_cast<int>(positions.size());
}

// By the number of a resize in native_letterbox.py.
constexpr vision::MakePlan kPlans[] = {vision::plan_letterbox, vision::plan_letterbox_top_left, vision::plan_stretch};

}  // namespace

extern "C" {

void core_plan(int source_width, int source_height, int input_width, int input_height, int resize, int* sizes,
               double* gains) {
  write_plan(kPlans[resize](source_width, source_height, input_width, input_height), sizes, gains);
}

// nullptr when the arguments are refused.
void* core_letterbox_new(int input_width, int input_height, double scale, const double* mean, const double* std,
                         int pad_value, int rgb, float step, int zero_point, int resize) {
  const std::vector<double> means(mean, mean + 3), deviations(std, std + 3);
  vision::ModelInfo info;
  info.input_width = input_width;
  info.input_height = input_height;
  info.input_steps = {step, zero_point};
  info.scale = scale;
  info.mean = list_of(means);
  info.std = list_of(deviations);
  info.pad_value = static_cast<std::uint8_t>(pad_value);
  info.rgb = rgb != 0;
  try {
    return new vision::Letterbox(info, kPlans[resize]);
  } catch (const std::invalid_argument&) {
    return nullptr;
  }
}

void core_letterbox_free(void* letterbox) { delete static_cast<vision::Letterbox*>(letterbox); }

// Fills whichever of tensor and bytes is given. nullptr, or why the picture is refused.
const char* core_letterbox_run(void* letterbox, const std::uint8_t* data, int width, int height,
                               std::ptrdiff_t bytes_per_row, int format, int orientation, const std::uint8_t* chroma,
                               std::ptrdiff_t chroma_bytes_per_row, int encoding, float* tensor, std::uint8_t* bytes,
                               std::int8_t* numbers, int* sizes, double* gains) {
  static std::string refusal;
  auto& box = *static_cast<vision::Letterbox*>(letterbox);
  static vision::Nv12Converter converter;
  try {
    const vision::ImageView view = upright_view(
        {data, width, height, bytes_per_row, format, orientation, chroma, chroma_bytes_per_row, encoding}, converter);
    if (tensor != nullptr) write_plan(box.to_tensor(view, tensor), sizes, gains);
    if (bytes != nullptr) write_plan(write_pixels(box, view, bytes), sizes, gains);
    if (numbers != nullptr) write_plan(box.to_tensor(view, numbers), sizes, gains);
    return nullptr;
  } catch (const std::invalid_argument& error) {
    refusal = error.what();
    return refusal.c_str();
  }
}

// Returns how many candidates were written to out, which must hold one for each cell. box, cls: floats, or int8 where
// their step, of each level box and classes, is above 0.
int core_decode_raw(int num_levels, const void* const* box, const void* const* cls, const int* heights,
                    const int* widths, const float* strides, const float* steps, const int* zero_points,
                    int num_classes, int reg_max, float confidence, const std::uint8_t* keep_class, Record* out) {
  const auto levels = levels_of(num_levels, box, cls, heights, widths, strides, steps, zero_points);
  const vision::DecodeOptions options{num_classes, reg_max, confidence, keep_class};
  return write_records(vision::decode_raw(levels, options), out);
}

int core_decode_decoded(const float* output, int n, int num_classes, float confidence, const std::uint8_t* keep_class,
                        Record* out) {
  const vision::DecodeOptions options{num_classes, 0, confidence, keep_class};
  return write_records(vision::decode_decoded(output, n, options), out);
}

// out must hold one for each class of each candidate.
int core_decode_multilabel(const float* output, int n, int num_classes, float confidence,
                           const std::uint8_t* keep_class, Record* out) {
  const vision::DecodeOptions options{num_classes, 0, confidence, keep_class};
  return write_records(vision::decode_multilabel(output, n, options), out);
}

// out must hold one for each cell.
int core_decode_top_k(int num_levels, const void* const* box, const void* const* cls, const int* heights,
                      const int* widths, const float* strides, const float* steps, const int* zero_points,
                      int num_classes, int reg_max, float confidence, const std::uint8_t* keep_class, int max_det,
                      int agnostic, Record* out) {
  const auto levels = levels_of(num_levels, box, cls, heights, widths, strides, steps, zero_points);
  const vision::DecodeOptions options{num_classes, reg_max, confidence, keep_class, max_det, agnostic != 0};
  return write_records(vision::top_k(levels, options), out);
}

int core_decode_detections(const float* output, int n, int num_classes, float confidence,
                           const std::uint8_t* keep_class, Record* out) {
  const vision::DecodeOptions options{num_classes, 0, confidence, keep_class};
  return write_records(vision::decode_detections(output, n, options), out);
}

// Returns how many positions were written to kept, which must hold n.
int core_first(const Record* records, int n, int max_det, int* kept) {
  return write_positions(vision::most_confident(candidates_of(records, n), max_det), kept);
}

// Returns how many positions were written to kept, which must hold n.
int core_nms(const Record* records, int n, double iou, int max_det, int agnostic, int max_candidates, int* kept) {
  return write_positions(vision::nms(candidates_of(records, n), {iou, max_det, agnostic != 0, max_candidates}), kept);
}

void core_to_image(const Record* records, int n, int source_width, int source_height, int input_width, int input_height,
                   int resize, Record* out) {
  const auto plan = kPlans[resize](source_width, source_height, input_width, input_height);
  for (int i = 0; i < n; ++i) {
    const vision::Detection d = vision::to_image(candidate_of(records[i]), plan);
    out[i] = {d.x1, d.y1, d.x2, d.y2, d.score, d.class_id, records[i].index};
  }
}

// Decode and NMS without a copy in between, as an app runs them. Returns the number of kept boxes.
int core_decode_raw_and_nms(int num_levels, const void* const* box, const void* const* cls, const int* heights,
                            const int* widths, const float* strides, const float* steps, const int* zero_points,
                            int num_classes, int reg_max, float confidence, double iou, int max_det,
                            int* num_candidates) {
  const auto levels = levels_of(num_levels, box, cls, heights, widths, strides, steps, zero_points);
  const auto candidates = vision::decode_raw(levels, {num_classes, reg_max, confidence, nullptr});
  *num_candidates = static_cast<int>(candidates.size());
  vision::NmsOptions options;
  options.iou = iou;
  options.max_det = max_det;
  return static_cast<int>(vision::nms(candidates, options).size());
}

}  // extern "C"
