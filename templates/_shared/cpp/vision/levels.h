// The outputs of a head with levels. A level has cells, and each cell has a box, class logits and perhaps extras.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "vision/decode.h"

namespace vision {

struct RawLevel {
  Numbers box;                // (4 * reg_max, height, width): left, top, right, bottom; see DecodeOptions
  Numbers cls;                // (num_classes, height, width) logits
  int height = 0, width = 0;  // cells
  float stride = 0;           // input pixels per cell

  std::size_t cells() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
};

// Returns the levels, by rising stride.
std::vector<RawLevel> levels_of(const TensorView* outputs, const ModelInfo& info, int extras);

// As Head::fits and Head::extras_of.
bool are_levels(const ModelInfo& info, std::size_t extras, std::size_t count);
Extras extras_of_cell(const TensorView* outputs, const ModelInfo& info, std::size_t extras, std::size_t index);

// Returns the cells whose best score is above the confidence, each with this score and its index.
std::vector<Candidate> cells_above_confidence(const std::vector<RawLevel>& levels, const DecodeOptions& options);

// Returns the level of a candidate, and its cell there.
std::pair<const RawLevel&, std::size_t> cell_of(const std::vector<RawLevel>& levels, const Candidate& candidate);

// Returns the best class of a cell, the first of equals.
int best_class(const RawLevel& level, int num_classes, std::size_t cell);

// Sets the box of a candidate, which is at this cell.
void set_box(Candidate& candidate, const RawLevel& level, std::size_t cell, const DecodeOptions& options);

// In decode_raw.cpp: decodes a head with one box per cell. Each cell gives its best class, if the score is above the
// confidence.
std::vector<Candidate> decode_raw(const std::vector<RawLevel>& levels, const DecodeOptions& options);

// In decode_end2end.cpp: decodes a one-to-one head, which needs no NMS. First the k = max(max_det, 300) cells with the
// best scores are chosen, then the k best of all their scores: a cell may give several classes. Of equal scores, the
// first ones stay.
std::vector<Candidate> top_k(const std::vector<RawLevel>& levels, const DecodeOptions& options);

}  // namespace vision
