#include "parity/matching.h"

#include <algorithm>
#include <cmath>

#include "support/text.h"

namespace parity {
namespace {

using vision::Detection;

// Boxes farther apart than so many tolerances are different objects, not one that is off.
constexpr double kSameObject = 16;

double corner_distance(const Detection& a, const Detection& b) {
  return std::max({std::abs(a.x1 - b.x1), std::abs(a.y1 - b.y1), std::abs(a.x2 - b.x2), std::abs(a.y2 - b.y2)});
}

double iou(const Detection& a, const Detection& b) {
  const auto area = [](const Detection& d) { return (double{d.x2} - d.x1) * (double{d.y2} - d.y1); };
  const double width = double{std::min(a.x2, b.x2)} - std::max(a.x1, b.x1);
  const double height = double{std::min(a.y2, b.y2)} - std::max(a.y1, b.y1);
  const double both = std::max(width, 0.0) * std::max(height, 0.0);
  return both > 0 ? both / (area(a) + area(b) - both) : 0;
}

std::string describe(const Detection& d, const char* side) {
  return std::string(side) + ": class " + std::to_string(d.class_id) + ", score " + support::fixed(d.score, 4) +
         ", box " + support::fixed(d.x1, 1) + " " + support::fixed(d.y1, 1) + " " + support::fixed(d.x2, 1) + " " +
         support::fixed(d.y2, 1);
}

// A detection of one side, and whether the other has it too.
struct Seen {
  const Detection* detection;
  const char* side;
  double floor;  // the score up to which the other side shows nothing
  bool paired = false;
  bool explained = false;
};

class Explanation {
 public:
  Explanation(std::vector<Seen>& seen, const vision::Thresholds& thresholds, const Tolerances& tolerances)
      : seen_(seen), thresholds_(thresholds), tolerances_(tolerances) {}

  void explain() {
    for (Seen& one : seen_) {
      if (!one.paired) one.explained = is_near_the_floor(one) || has_neighbour_near_iou(one);
    }
    // A box that came or went takes or frees those that overlap it.
    for (bool changed = true; changed;) {
      changed = false;
      for (Seen& one : seen_) {
        if (one.paired || one.explained || !overlaps_an_explained_one(one)) continue;
        one.explained = changed = true;
      }
    }
  }

 private:
  bool is_near_the_floor(const Seen& one) const {
    return one.detection->score - one.floor <= tolerances_.confidence_margin;
  }

  bool compete(const Seen& a, const Seen& b) const {
    return &a != &b && (thresholds_.agnostic || a.detection->class_id == b.detection->class_id);
  }

  bool has_neighbour_near_iou(const Seen& one) const {
    return std::any_of(seen_.begin(), seen_.end(), [&](const Seen& other) {
      return compete(one, other) &&
             std::abs(iou(*one.detection, *other.detection) - thresholds_.iou) <= tolerances_.iou_margin;
    });
  }

  bool overlaps_an_explained_one(const Seen& one) const {
    return std::any_of(seen_.begin(), seen_.end(), [&](const Seen& other) {
      return other.explained && compete(one, other) &&
             iou(*one.detection, *other.detection) > thresholds_.iou - tolerances_.iou_margin;
    });
  }

  std::vector<Seen>& seen_;
  const vision::Thresholds& thresholds_;
  const Tolerances& tolerances_;
};

// The score up to which a side shows nothing: the confidence, or that of its last detection when it may show no more.
double floor_of(const std::vector<Detection>& side, const vision::Thresholds& thresholds) {
  const bool full = !side.empty() && side.size() >= static_cast<std::size_t>(thresholds.max_detections);
  return full ? side.back().score : thresholds.confidence;  // best first
}

}  // namespace

Match match(const std::vector<Detection>& ours, const std::vector<Detection>& theirs,
            const vision::Thresholds& thresholds, const Tolerances& tolerances) {
  std::vector<Seen> seen;
  for (const Detection& one : ours) seen.push_back({&one, "only the app shows", floor_of(theirs, thresholds)});
  for (const Detection& one : theirs) seen.push_back({&one, "only PyTorch shows", floor_of(ours, thresholds)});

  Match result;
  for (std::size_t t = ours.size(); t < seen.size(); ++t) {
    Seen* nearest = nullptr;
    for (std::size_t o = 0; o < ours.size(); ++o) {
      if (seen[o].paired || seen[o].detection->class_id != seen[t].detection->class_id) continue;
      if (nearest == nullptr || corner_distance(*seen[o].detection, *seen[t].detection) <
                                    corner_distance(*nearest->detection, *seen[t].detection)) {
        nearest = &seen[o];
      }
    }
    if (nearest == nullptr) continue;
    const double distance = corner_distance(*nearest->detection, *seen[t].detection);
    if (!(distance <= kSameObject * tolerances.corner)) continue;
    nearest->paired = seen[t].paired = true;
    result.corner.push_back(distance);
    result.score.push_back(std::abs(nearest->detection->score - seen[t].detection->score));
  }

  Explanation(seen, thresholds, tolerances).explain();
  for (const Seen& one : seen) {
    if (!one.paired && !one.explained) result.problems.push_back(describe(*one.detection, one.side));
  }
  return result;
}

}  // namespace parity
