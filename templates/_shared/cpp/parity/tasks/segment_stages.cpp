// Masks: a small exact case, and the result.
#include <cmath>
#include <stdexcept>

#include "parity/box_stages.h"
#include "vision/masks.h"

namespace parity {
namespace {

using Bitmap = std::vector<std::uint8_t>;

// Decodes the runs of 0, 1, 0, ... of a bitmap, row by row. number: which bitmap; ends: the end of each bitmap's runs.
Bitmap bitmap_of_runs(const std::vector<std::uint32_t>& runs, const std::vector<std::uint32_t>& ends,
                      std::size_t number, std::size_t size) {
  Bitmap bitmap;
  std::uint8_t value = 0;
  for (std::size_t i = number == 0 ? 0 : ends.at(number - 1); i < ends.at(number); ++i, value ^= 1) {
    if (runs.at(i) > size - bitmap.size()) throw std::runtime_error("a mask of the vectors is too large");
    bitmap.insert(bitmap.end(), runs[i], value);
  }
  if (bitmap.size() != size) throw std::runtime_error("a mask of the vectors is too small");
  return bitmap;
}

std::size_t size_of(const vision::Masks& masks) {
  return static_cast<std::size_t>(masks.width) * static_cast<std::size_t>(masks.height);
}

Bitmap whole(const vision::Masks& masks, std::size_t number) {
  Bitmap bitmap(size_of(masks));
  const vision::Masks::Part& part = masks.parts.at(number);
  for (int y = part.top; y < part.top + part.height; ++y) {
    const std::uint8_t* row = masks.row(number, y);
    std::copy(row, row + part.width, bitmap.begin() + std::ptrdiff_t{y} * masks.width + part.left);
  }
  return bitmap;
}

// The difference of two bitmaps, in pixels.
struct Difference {
  std::size_t count = 0, of = 0;  // set in one; set in any
  std::size_t unexplained = 0;    // of `count`, those that rounding does not explain
};

Difference difference(const Bitmap& a, const Bitmap& b, const Bitmap& free) {
  Difference found;
  for (std::size_t i = 0; i < a.size(); ++i) {
    found.of += a[i] | b[i];
    found.count += a[i] ^ b[i];
    found.unexplained += (a[i] ^ b[i]) & (free[i] ^ 1);
  }
  return found;
}

class SegmentStages : public BoxStages {
 public:
  SegmentStages(const vision::ModelInfo& info, const Vectors& vectors)
      : BoxStages(info, vectors, info.mask_coefficients, 1) {}

  std::vector<Stage> stages() const override { return {raw_, decode_, nms_, proof_, boxes_, masks_}; }

  void compare(const Picture& picture, detector::Detector& detector, vision::Preprocessor& preprocessor) override {
    BoxStages::compare(picture, detector, preprocessor);
    if (picture.has("proof.proto")) compare_proof(picture);
  }

 protected:
  std::string extras_array() const override { return "raw.row.coefficient"; }
  double extras_tolerance(std::size_t) const override { return tolerance("raw"); }

  void compare_shown(const Picture& picture, const vision::Result& result,
                     const std::vector<Match::Pair>& pairs) override {
    const auto runs = picture.integers("mask.run"), ends = picture.integers("mask.end");
    // Pixels that rounding decides. Without them only the overlap counts: older vectors lack them, and extra programs
    // round more.
    const bool is_known = picture.has("undecided.run") && !vectors_.is_extra_program();
    const auto free_runs = is_known ? picture.integers("undecided.run") : runs;
    const auto free_ends = is_known ? picture.integers("undecided.end") : ends;
    for (const Match::Pair& pair : pairs) {
      const std::size_t size = size_of(result.masks);
      const Bitmap theirs = bitmap_of_runs(runs, ends, pair.theirs, size);
      const Bitmap free = is_known ? bitmap_of_runs(free_runs, free_ends, pair.theirs, size) : Bitmap(size, 1);
      const Difference found = difference(whole(result.masks, pair.ours), theirs, free);
      const bool is_little = static_cast<double>(found.count) <= tolerance("mask_pixels");
      masks_.add(is_little ? 0 : static_cast<double>(found.count) / static_cast<double>(found.of));
      if (found.unexplained > 0) {
        masks_.problems.push_back(picture.name + ": " + std::to_string(found.unexplained) + " wrong pixels in mask " +
                                  std::to_string(pair.theirs));
      }
    }
  }

 private:
  // A small case without rounding: every pixel must be equal.
  void compare_proof(const Picture& picture) {
    const auto prototypes = picture.floats("proof.proto"), coefficients = picture.floats("proof.coefficient");
    const auto boxes = picture.floats("proof.box");
    const auto size = picture.integers("proof.size"), runs = picture.integers("proof.run"),
               ends = picture.integers("proof.end");
    const int height = static_cast<int>(size.at(0)), width = static_cast<int>(size.at(1));
    const std::size_t count = static_cast<std::size_t>(info_.mask_coefficients);
    constexpr int kStride = 4;  // input pixels of a prototype's pixel
    const vision::Shape shape{4, {1, info_.mask_coefficients, height / kStride, width / kStride}};
    if (prototypes.size() != count * size[0] * size[1] / (kStride * kStride) ||
        coefficients.size() != ends.size() * count || boxes.size() != ends.size() * 4) {
      throw std::runtime_error("the proof of masks in the vectors is not all there");
    }
    vision::LetterboxPlan plan;
    plan.input_width = plan.source_width = width;
    plan.input_height = plan.source_height = height;
    vision::MaskMaker maker;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      vision::Masks masks;
      maker.start(prototypes.data(), shape, plan, false, masks);
      vision::Detection box;
      box.x1 = boxes[4 * i];
      box.y1 = boxes[4 * i + 1];
      box.x2 = boxes[4 * i + 2];
      box.y2 = boxes[4 * i + 3];
      const bool is_seen = maker.add({coefficients.data() + i * count}, box, masks);
      const Bitmap ours = is_seen ? whole(masks, 0) : Bitmap(size_of(masks));
      const Bitmap theirs = bitmap_of_runs(runs, ends, i, ours.size());
      for (std::size_t k = 0; k < ours.size(); ++k) proof_.count(ours[k] == theirs[k]);
    }
  }

  Stage proof_{"mask proof", 0, "differences"};
  Stage masks_{"masks", 1 - tolerance("mask_iou"), "1 - IoU"};
};

}  // namespace

std::unique_ptr<TaskStages> make_task_stages(const vision::ModelInfo& info, const Vectors& vectors) {
  return std::make_unique<SegmentStages>(info, vectors);
}

}  // namespace parity
