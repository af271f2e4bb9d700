#include "nms.h"

#include <algorithm>
#include <cstring>

#include "rounding.h"

namespace vision {
namespace {

// Classes are kept apart by moving their boxes so many pixels each (Ultralytics' max_wh). The rounding that this costs
// a float32 is part of the rule: an exact IoU would decide otherwise near the threshold.
constexpr float kClassOffset = 7680;

// Kept boxes are compared in chunks of this many, which compilers vectorise most readily.
constexpr std::size_t kChunk = 16;

// A quick test without a division finds the chunks that may hold a suppressing box. It must not miss one: it asks for
// this part of the threshold only, and the IoU itself decides.
constexpr double kQuickPart = 0.999;

// A sort key and a position share 64 bits: sorting those is stable.
constexpr unsigned kPositionBits = 32;
constexpr std::uint64_t kPositionMask = 0xFFFFFFFFU;

// Many are sorted digit by digit of their keys, from the lowest one, each time in the order that they have: that takes
// as many steps for each, however many there are.
constexpr std::size_t kMany = 256;  // from here on it is faster than comparing
constexpr unsigned kDigitBits = 11, kDigits = 3;
constexpr std::size_t kDigitValues = std::size_t{1} << kDigitBits;

void sort_by_digits(std::vector<std::uint64_t>& order, std::vector<std::uint64_t>& other) {
  other.resize(order.size());
  for (unsigned digit = 0; digit < kDigits; ++digit) {
    const unsigned shift = kPositionBits + digit * kDigitBits;
    std::uint32_t places[kDigitValues + 1] = {};  // of each value: where its next one goes
    for (const std::uint64_t each : order) ++places[(each >> shift) % kDigitValues + 1];
    for (std::size_t value = 1; value < kDigitValues; ++value) places[value] += places[value - 1];
    for (const std::uint64_t each : order) other[places[(each >> shift) % kDigitValues]++] = each;
    order.swap(other);
  }
}

// Rises as the score falls; not-a-number comes last. Equal scores have equal keys.
std::uint32_t falling_key(float score) {
  constexpr std::uint32_t kSign = 0x80000000U, kLast = 0xFFFFFFFFU;
  if (score != score) return kLast;
  score += 0.0F;  // -0 is 0
  std::uint32_t bits;
  std::memcpy(&bits, &score, sizeof bits);
  // A float's bits rise with its size; below zero they fall.
  return (bits & kSign) != 0 ? bits : ~kSign - bits;
}

std::size_t whole_chunks(std::size_t count) { return (count + kChunk - 1) / kChunk * kChunk; }

// How far two stretches of an axis overlap. Written out, since the order decides what becomes of not-a-number.
inline float overlap(float low_a, float high_a, float low_b, float high_b) {
  const float low = low_a < low_b ? low_b : low_a;
  const float high = high_b < high_a ? high_b : high_a;
  const float length = high - low;
  return 0 < length ? length : 0;
}

}  // namespace

const std::vector<int>& Nms::run(const std::vector<Candidate>& candidates, const NmsOptions& options) {
  const auto max_det = static_cast<std::size_t>(std::max(options.max_det, 0));
  const auto max_candidates = static_cast<std::size_t>(std::max(options.max_candidates, 0));
  kept_.clear();
  // As much as these candidates' owner may ever hold, so that no later frame allocates.
  kept_.reserve(std::min(candidates.capacity(), max_det));
  for (std::vector<float>* side : {&boxes_.x1, &boxes_.y1, &boxes_.x2, &boxes_.y2, &boxes_.area}) {
    side->reserve(whole_chunks(std::min(candidates.capacity(), max_det)));
    side->assign(whole_chunks(std::min(candidates.size(), max_det)), 0);
  }
  sort_by_score(candidates);

  const std::size_t count = std::min(order_.size(), max_candidates);
  for (std::size_t i = 0; i < count && kept_.size() < max_det; ++i) {
    const auto position = static_cast<std::size_t>(order_[i] & kPositionMask);
    const Candidate& candidate = candidates[position];
    const float offset = options.agnostic ? 0 : static_cast<float>(candidate.class_id) * kClassOffset;
    const float x1 = candidate.x1 + offset, y1 = candidate.y1 + offset;
    const float x2 = candidate.x2 + offset, y2 = candidate.y2 + offset;
    const Box box{x1, y1, x2, y2, rounded((x2 - x1) * (y2 - y1))};
    if (is_suppressed(box, options.iou)) continue;
    const std::size_t end = kept_.size();
    boxes_.x1[end] = box.x1;
    boxes_.y1[end] = box.y1;
    boxes_.x2[end] = box.x2;
    boxes_.y2[end] = box.y2;
    boxes_.area[end] = box.area;
    kept_.push_back(static_cast<int>(position));
  }
  return kept_;
}

const std::vector<int>& Nms::best(const std::vector<Candidate>& candidates, int max_det) {
  sort_by_score(candidates);
  const std::size_t count = std::min(order_.size(), static_cast<std::size_t>(std::max(max_det, 0)));
  kept_.clear();
  kept_.reserve(std::min(candidates.capacity(), static_cast<std::size_t>(std::max(max_det, 0))));
  for (std::size_t i = 0; i < count; ++i) kept_.push_back(static_cast<int>(order_[i] & kPositionMask));
  return kept_;
}

void Nms::sort_by_score(const std::vector<Candidate>& candidates) {
  order_.clear();
  order_.reserve(candidates.capacity());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    order_.push_back(std::uint64_t{falling_key(candidates[i].score)} << kPositionBits | i);
  }
  sorted_.reserve(candidates.capacity());
  if (order_.size() < kMany) return std::sort(order_.begin(), order_.end());
  sort_by_digits(order_, sorted_);
}

bool Nms::is_suppressed(const Box& box, double iou) const {
  const auto quick = static_cast<float>(iou * kQuickPart);
  for (std::size_t start = 0; start < kept_.size(); start += kChunk) {
    const float* x1 = boxes_.x1.data() + start;
    const float* y1 = boxes_.y1.data() + start;
    const float* x2 = boxes_.x2.data() + start;
    const float* y2 = boxes_.y2.data() + start;
    const float* area = boxes_.area.data() + start;

    unsigned close = 0;
    for (std::size_t k = 0; k < kChunk; ++k) {
      const float common = overlap(x1[k], x2[k], box.x1, box.x2) * overlap(y1[k], y2[k], box.y1, box.y2);
      const float quick_bound = quick * (area[k] + box.area - common);
      close |= static_cast<unsigned>(common > 0) & static_cast<unsigned>(common >= quick_bound);
    }
    if (close == 0) continue;

    for (std::size_t k = 0; k < kChunk; ++k) {
      const float common = rounded(overlap(x1[k], x2[k], box.x1, box.x2) * overlap(y1[k], y2[k], box.y1, box.y2));
      const float ratio = common / (area[k] + box.area - common);  // 0 / 0 is not above: it suppresses nothing
      if (static_cast<double>(ratio) > iou) return true;
    }
  }
  return false;
}

}  // namespace vision
