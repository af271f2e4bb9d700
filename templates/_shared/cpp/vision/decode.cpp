#include "decode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

// A product is rounded before it is added to something, so that all processors give the same bits. For other compilers
// than Clang a flag says so (-ffp-contract=off).
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr std::size_t kSides = 4;  // left, top, right, bottom

// So many candidates get their boxes at a time: a channel's numbers for neighbouring cells lie side by side, and lanes
// that do the same are what compilers vectorise most readily.
constexpr std::size_t kLanes = 8;
using Lanes = std::array<float, kLanes>;

constexpr float kCellCentre = 0.5F;  // of a cell, from its corner
constexpr int kLeastTopK = 300;      // Ultralytics' max_det: a one-to-one head chooses at least so many
constexpr std::size_t kDetectionValues = 6;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

// Cells are searched in blocks: their highest scores stay in the nearest cache while all classes pass by. Within a
// block they go in chunks of a fixed size, which compilers vectorise most readily.
constexpr std::size_t kBlock = 4096;
constexpr std::size_t kChunk = 16;

float sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

constexpr double kScoreError = 4.0 / (1 << 24);  // more than a float32 sigmoid is off, relative: 4 half units

// A logit that is not above this has no score above the confidence. Not so the other way round: the threshold is a hair
// too low, and the score itself decides.
float logit_threshold(float confidence) {
  constexpr double kLogitError = 1e-4;  // more than a float32 logit near the threshold is off
  if (!(confidence > 0)) return kLowest;
  if (!(confidence < 1)) return -kLowest;  // no score is above 1
  const double score = static_cast<double>(confidence), rest = 1 - score;
  // The slope of the logit is 1 / (score * rest): close to 1, many logits share a score.
  return static_cast<float>(std::log(score / rest) - kLogitError - kScoreError / rest);
}

// Scores as they are in memory, compared as they are: what they stand for rises with them.
struct Floats {
  using Number = float;
  const float* data;
  static constexpr float kLeast = kLowest;

  float value(float number) const { return number; }
  float operator[](std::size_t i) const { return data[i]; }
  float limit(float threshold) const { return threshold; }
  Floats from(std::size_t i) const { return {data + i}; }
};

struct Bytes {
  using Number = std::int8_t;
  Numbers numbers;
  const std::int8_t* data;
  static constexpr std::int8_t kLeast = -128;

  float value(int number) const { return numbers.value(number); }
  float operator[](std::size_t i) const { return value(data[i]); }
  Bytes from(std::size_t i) const { return {numbers, data + i}; }

  // The greatest number that does not stand for more than the threshold; -129 where all do.
  int limit(float threshold) const {
    const double steps = std::floor(double{threshold} / numbers.scale) + numbers.zero_point;
    int number = steps < -129 ? -129 : steps > 127 ? 127 : static_cast<int>(steps);
    while (number < 127 && value(number + 1) <= threshold) ++number;
    while (number > -129 && value(number) > threshold) --number;
    return number;
  }
};

// Calls run(Floats) or run(Bytes).
template <typename Run>
void read(const Numbers& numbers, Run run) {
  if (numbers.is_int8) {
    run(Bytes{numbers, numbers.bytes()});
  } else {
    run(Floats{numbers.floats()});
  }
}

// highest[i] = the highest of `scores` (num_classes, cells) at cell i over all classes, for i < count <= kBlock.
// What is not a number is passed over.
template <typename Number>
void highest_scores(const Number* scores, std::size_t cells, std::size_t num_classes, std::size_t count, Number least,
                    Number* __restrict highest) {
  std::fill(highest, highest + kBlock, least);
  const std::size_t whole = count / kChunk * kChunk;
  for (std::size_t c = 0; c < num_classes; ++c) {
    const Number* __restrict row = scores + c * cells;
    for (std::size_t start = 0; start < whole; start += kChunk) {
      for (std::size_t k = 0; k < kChunk; ++k) {
        const Number score = row[start + k];
        highest[start + k] = score > highest[start + k] ? score : highest[start + k];
      }
    }
    for (std::size_t i = whole; i < count; ++i) highest[i] = row[i] > highest[i] ? row[i] : highest[i];
  }
}

// Calls visit(cell, score) for each cell whose highest score lies above the threshold, which may rise meanwhile.
template <typename Scores, typename Visit>
void visit_above(const Scores& scores, std::size_t cells, std::size_t num_classes, const float& threshold,
                 Visit visit) {
  typename Scores::Number highest[kBlock];
  auto limit = scores.limit(threshold);
  for (std::size_t start = 0; start < cells; start += kBlock) {
    const std::size_t count = std::min(kBlock, cells - start);
    highest_scores(scores.data + start, cells, num_classes, count, Scores::kLeast, highest);
    for (std::size_t i = 0; i < count; ++i) {
      if (!(highest[i] > limit)) continue;
      visit(start + i, scores.value(highest[i]));
      limit = scores.limit(threshold);
    }
  }
}

// The first class that has this score. The last class is not looked at: where arithmetic is not exact (-ffast-math), no
// class may have it. scores: (num_classes, cells)
template <typename Scores>
int first_class_of(const Scores& scores, std::size_t cells, std::size_t num_classes, std::size_t cell, float score) {
  const std::size_t last = (num_classes - 1) * cells + cell;
  std::size_t best = cell;
  while (best < last && scores[best] != score) best += cells;
  return static_cast<int>(best / cells);
}

// The best class of a cell: the first one of its highest logit. Of high logits many share a score, and all above 17: as
// predict sees it, none of these is better, and the first one counts. logits: (num_classes, cells)
template <typename Scores>
int best_class(const Scores& logits, std::size_t cells, std::size_t num_classes, std::size_t cell, float highest,
               float score) {
  constexpr float kCrowded = 8;       // below, logits that share a score differ in their last bits
  constexpr float kLowestOfOne = 16;  // and a half: a logit below has a score below 1
  constexpr float kError = static_cast<float>(2 * kScoreError);
  if (highest < kCrowded) return first_class_of(logits, cells, num_classes, cell, highest);
  const float rest = 1 - score;
  const float lowest = rest > 0 ? highest - kError / rest : kLowestOfOne;  // a hair too low: the score itself decides
  std::size_t best = 0;
  const auto has_score = [&](float logit) { return logit >= lowest && sigmoid(logit) >= score; };
  while (best + 1 < num_classes && !has_score(logits[best * cells + cell])) ++best;
  return static_cast<int>(best);
}

bool is_kept(int class_id, const DecodeOptions& options) {
  return options.keep_class == nullptr || options.keep_class[class_id] != 0;
}

// Below this, e to the power of x is no normal float32 any more.
constexpr float kLowestPower = -87.0F;

// e to the power of x from kLowestPower to 0, to within 3e-7 of itself; not-a-number stays so. Unlike std::exp it is
// plain arithmetic, which compilers vectorise.
inline float exp_of_negative(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;  // their sum is ln 2; the first has few bits
  constexpr float kToWhole = 12582912.0F;  // 1.5 * 2^23: adding it leaves a whole number in the lowest bits
  constexpr std::uint32_t kBias = 127, kMantissaBits = 23;

  const float shifted = x * kLog2E + kToWhole;
  const float power = shifted - kToWhole;                       // of two
  const float rest = (x - power * kLn2High) - power * kLn2Low;  // -ln(2) / 2 to ln(2) / 2
  const float series =
      1 + rest * (1 + rest * (1 / 2.0F + rest * (1 / 6.0F + rest * (1 / 24.0F + rest * (1 / 120.0F + rest / 720.0F)))));
  std::uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + kBias) << kMantissaBits;  // 2^power as a float32
  float factor;
  std::memcpy(&factor, &bits, sizeof factor);
  return series * factor;
}

// The expectation of each lane's softmax over its bins, in bins. bins: (reg_max, kLanes); overwritten.
Lanes expected_distances(float* __restrict bins, std::size_t reg_max) {
  Lanes highest, sum{}, weighted{};
  highest.fill(kLowest);
  for (std::size_t bin = 0; bin < reg_max; ++bin) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float logit = bins[bin * kLanes + lane];
      highest[lane] = logit > highest[lane] ? logit : highest[lane];
    }
  }
  for (std::size_t bin = 0; bin < reg_max; ++bin) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float power = bins[bin * kLanes + lane] - highest[lane];
      bins[bin * kLanes + lane] = power < kLowestPower ? kLowestPower : power;
    }
  }
  for (std::size_t i = 0; i < reg_max * kLanes; ++i) bins[i] = exp_of_negative(bins[i]);
  for (std::size_t bin = 0; bin < reg_max; ++bin) {
    const auto distance = static_cast<float>(bin);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float weight = bins[bin * kLanes + lane];
      sum[lane] += weight;
      weighted[lane] += weight * distance;
    }
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) weighted[lane] /= sum[lane];
  return weighted;
}

std::size_t cells_of(const RawLevel& level) {
  return static_cast<std::size_t>(level.height) * static_cast<std::size_t>(level.width);
}

std::size_t all_cells(const RawLevel* levels, int num_levels) {
  std::size_t sum = 0;
  for (int i = 0; i < num_levels; ++i) sum += cells_of(levels[i]);
  return sum;
}

bool is_finite(const Candidate& candidate) {
  return std::isfinite(candidate.x1) && std::isfinite(candidate.y1) && std::isfinite(candidate.x2) &&
         std::isfinite(candidate.y2);
}

}  // namespace

void Decoder::start(std::size_t capacity, int reg_max) {
  candidates_.clear();
  candidates_.reserve(capacity);
  bins_.resize(static_cast<std::size_t>(reg_max) * kLanes);
}

void Decoder::add_boxes(const RawLevel& level, std::size_t first_index, std::size_t from,
                        const DecodeOptions& options) {
  const std::size_t width = static_cast<std::size_t>(level.width), cells = cells_of(level);
  const auto reg_max = static_cast<std::size_t>(options.reg_max);
  std::array<std::size_t, kLanes> at;  // the lanes' cells
  std::array<Lanes, kSides> distances;
  for (std::size_t start = from; start < candidates_.size(); start += kLanes) {
    const std::size_t count = std::min(kLanes, candidates_.size() - start);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {  // those that are left over repeat the first one
      at[lane] = static_cast<std::size_t>(candidates_[lane < count ? start + lane : start].index);
    }
    for (std::size_t side = 0; side < kSides; ++side) {
      read(level.box, [&](const auto& box) {
        for (std::size_t bin = 0; bin < reg_max; ++bin) {
          const auto row = box.from((side * reg_max + bin) * cells);
          for (std::size_t lane = 0; lane < kLanes; ++lane) bins_[bin * kLanes + lane] = row[at[lane]];
        }
      });
      if (reg_max == 1) {
        std::copy_n(bins_.begin(), kLanes, distances[side].begin());
      } else {
        distances[side] = expected_distances(bins_.data(), reg_max);
      }
    }
    for (std::size_t lane = 0; lane < count; ++lane) {
      const float left = distances[0][lane], top = distances[1][lane];
      const float right = distances[2][lane], bottom = distances[3][lane];
      const float x = static_cast<float>(at[lane] % width) + kCellCentre;
      const float y = static_cast<float>(at[lane] / width) + kCellCentre;
      Candidate& candidate = candidates_[start + lane];
      candidate.index += static_cast<int>(first_index);
      candidate.x1 = options.as_given ? left : (x - left) * level.stride;
      candidate.y1 = options.as_given ? top : (y - top) * level.stride;
      candidate.x2 = options.as_given ? right : (x + right) * level.stride;
      candidate.y2 = options.as_given ? bottom : (y + bottom) * level.stride;
    }
  }
  const auto first = candidates_.begin() + static_cast<std::ptrdiff_t>(from);
  candidates_.erase(std::remove_if(first, candidates_.end(), [](const Candidate& c) { return !is_finite(c); }),
                    candidates_.end());
}

const std::vector<Candidate>& Decoder::raw(const RawLevel* levels, int num_levels, const DecodeOptions& options) {
  start(all_cells(levels, num_levels), options.reg_max);
  const float threshold = logit_threshold(options.confidence);
  std::size_t first_index = 0;
  for (int i = 0; i < num_levels; ++i) {
    const RawLevel& level = levels[i];
    const std::size_t cells = cells_of(level), from = candidates_.size();
    const auto num_classes = static_cast<std::size_t>(options.num_classes);
    read(level.cls, [&](const auto& logits) {
      visit_above(logits, cells, num_classes, threshold, [&](std::size_t cell, float logit) {
        Candidate candidate;
        candidate.score = sigmoid(logit);
        if (!(candidate.score > options.confidence)) return;
        candidate.class_id = best_class(logits, cells, num_classes, cell, logit, candidate.score);
        candidate.index = static_cast<int>(cell);
        if (is_kept(candidate.class_id, options)) candidates_.push_back(candidate);
      });
    });
    add_boxes(level, first_index, from, options);
    first_index += cells;
  }
  return candidates_;
}

const std::vector<Candidate>& Decoder::top_k(const RawLevel* levels, int num_levels, const DecodeOptions& options) {
  const auto k =
      std::min(static_cast<std::size_t>(std::max(options.max_det, kLeastTopK)), all_cells(levels, num_levels));
  start(k, options.reg_max);
  best_.start(k, options.confidence);
  float threshold = logit_threshold(options.confidence);
  const auto num_classes = static_cast<std::size_t>(options.num_classes);
  std::size_t first_index = 0;
  for (int i = 0; i < num_levels; ++i) {
    const std::size_t cells = cells_of(levels[i]);
    read(levels[i].cls, [&](const auto& logits) {
      visit_above(logits, cells, num_classes, threshold, [&](std::size_t cell, float highest) {
        const auto show = [&](float logit, int class_id) {
          if (best_.add({sigmoid(logit), static_cast<int>(first_index + cell), class_id})) {
            threshold = logit_threshold(best_.floor());
          }
        };
        if (options.agnostic) {
          show(highest, best_class(logits, cells, num_classes, cell, highest, sigmoid(highest)));
          return;
        }
        for (std::size_t c = 0; c < num_classes; ++c) {
          if (logits[c * cells + cell] > threshold) show(logits[c * cells + cell], static_cast<int>(c));
        }
      });
    });
    first_index += cells;
  }

  const RawLevel* level = levels;
  std::size_t first_of_level = 0, from = 0;
  for (const TopK::Entry& entry : best_.finish()) {
    const auto index = static_cast<std::size_t>(entry.index);
    while (index >= first_of_level + cells_of(*level)) {
      add_boxes(*level, first_of_level, from, options);
      from = candidates_.size();
      first_of_level += cells_of(*level++);
    }
    if (!is_kept(entry.class_id, options)) continue;
    Candidate candidate;
    candidate.score = entry.score;
    candidate.class_id = entry.class_id;
    candidate.index = static_cast<int>(index - first_of_level);
    candidates_.push_back(candidate);
  }
  add_boxes(*level, first_of_level, from, options);
  return candidates_;
}

const std::vector<Candidate>& Decoder::decoded(const float* output, int n, const DecodeOptions& options) {
  candidates_.clear();
  const auto cells = static_cast<std::size_t>(n);
  candidates_.reserve(cells);
  const Floats scores{output + kSides * cells};
  const auto num_classes = static_cast<std::size_t>(options.num_classes);
  visit_above(scores, cells, num_classes, options.confidence, [&](std::size_t cell, float score) {
    const float x = output[cell], y = output[cells + cell];
    const float box_width = output[2 * cells + cell], box_height = output[3 * cells + cell];
    const float half_width = box_width / 2, half_height = box_height / 2;
    Candidate candidate;
    candidate.x1 = options.as_given ? x : x - half_width;
    candidate.y1 = options.as_given ? y : y - half_height;
    candidate.x2 = options.as_given ? box_width : x + half_width;
    candidate.y2 = options.as_given ? box_height : y + half_height;
    candidate.score = score;
    candidate.class_id = first_class_of(scores, cells, num_classes, cell, score);
    candidate.index = static_cast<int>(cell);
    if (is_kept(candidate.class_id, options) && is_finite(candidate)) candidates_.push_back(candidate);
  });
  return candidates_;
}

const std::vector<Candidate>& Decoder::detections(const float* output, int n, const DecodeOptions& options) {
  candidates_.clear();
  candidates_.reserve(static_cast<std::size_t>(n));
  const std::size_t values = kDetectionValues + static_cast<std::size_t>(options.extras);
  for (int i = 0; i < n; ++i) {
    const float* row = output + static_cast<std::size_t>(i) * values;
    const float score = row[4], class_number = row[5];
    const bool is_known = class_number >= 0 && class_number < static_cast<float>(options.num_classes);
    if (!is_known || !(score > options.confidence)) continue;
    Candidate candidate;
    candidate.x1 = row[0];
    candidate.y1 = row[1];
    candidate.x2 = row[2];
    candidate.y2 = row[3];
    candidate.score = score;
    candidate.class_id = static_cast<int>(class_number);
    candidate.index = i;
    if (is_kept(candidate.class_id, options) && is_finite(candidate)) candidates_.push_back(candidate);
  }
  return candidates_;
}

}  // namespace vision
