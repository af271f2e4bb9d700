#include <algorithm>
#include <cmath>

#include "parity/parity.h"
#include "support/text.h"

namespace parity {
namespace {

using vision::Detection;

// Boxes further apart than this many tolerances are different objects. Not with may_swap: NMS may have chosen another.
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

std::string describe(const Detection& d, const std::string& side) {
  return side + ": class " + std::to_string(d.class_id) + ", score " + support::fixed(d.score, 4) + ", box " +
         support::fixed(d.x1, 1) + " " + support::fixed(d.y1, 1) + " " + support::fixed(d.x2, 1) + " " +
         support::fixed(d.y2, 1);
}

// A detection of one side, and its partner on the other, if any.
struct Seen {
  const Detection* detection;
  std::string side;
  double floor;  // the other side has no detections up to this score
  const Detection* partner = nullptr;
  bool explained = false;
};

// ours: how many of `seen`, the first ones, are the app's.
void explain(std::vector<Seen>& seen, std::size_t ours, const vision::Thresholds& thresholds, const Rule& rule) {
  // Whether the two compete in NMS and their overlap passes.
  const auto competes = [&](const Seen& one, const Seen& other, auto passes) {
    return &one != &other && (thresholds.agnostic || one.detection->class_id == other.detection->class_id) &&
           passes(iou(*one.detection, *other.detection) - thresholds.iou);
  };
  const auto has = [&](auto condition) { return std::any_of(seen.begin(), seen.end(), condition); };
  for (Seen& one : seen) {
    if (one.partner != nullptr) continue;
    one.explained = one.detection->score - one.floor <= rule.confidence_margin ||
                    (rule.has_nms && has([&](const Seen& other) {
                       return competes(one, other, [&](double d) { return std::abs(d) <= rule.iou_margin; });
                     }));
  }
  const auto is_open = [](const Seen& one) { return one.partner == nullptr && !one.explained; };
  for (std::size_t o = 0; rule.has_nms && rule.may_swap && o < ours; ++o) {
    for (std::size_t t = ours; is_open(seen[o]) && t < seen.size(); ++t) {
      const Detection &our = *seen[o].detection, &their = *seen[t].detection;
      seen[o].explained = is_open(seen[t]) && our.class_id == their.class_id && iou(our, their) > thresholds.iou &&
                          std::abs(double{our.score} - their.score) <= rule.score;
      seen[t].explained = seen[t].explained || seen[o].explained;
    }
  }
  // NMS removes or keeps a box because of an explained one that overlaps it.
  for (bool changed = rule.has_nms; changed;) {
    changed = false;
    for (Seen& one : seen) {
      if (!is_open(one)) continue;
      one.explained = has([&](const Seen& other) {
        return other.explained && competes(one, other, [&](double d) { return d > -rule.iou_margin; });
      });
      changed = changed || one.explained;
    }
  }
}

// A side has no detections up to this score: the confidence, or its last score if it is at its limit.
double floor_of(const std::vector<Detection>& side, const vision::Thresholds& thresholds, const Rule& rule) {
  const auto most = std::min(static_cast<std::size_t>(thresholds.max_detections), rule.most);
  return !side.empty() && side.size() >= most ? side.back().score : thresholds.confidence;  // best first
}

}  // namespace

Match match(const std::vector<Detection>& ours, const std::vector<Detection>& theirs,
            const vision::Thresholds& thresholds, const Rule& rule) {
  std::vector<Seen> seen;
  for (const Detection& one : ours) seen.push_back({&one, "only the app shows", floor_of(theirs, thresholds, rule)});
  const std::string only_they = "only " + std::string(rule.compared_with) + " shows";
  for (const Detection& one : theirs) seen.push_back({&one, only_they, floor_of(ours, thresholds, rule)});

  Match result;
  const double farthest = rule.may_swap ? rule.corner : kSameObject * rule.corner;
  for (std::size_t t = ours.size(); t < seen.size(); ++t) {
    const Detection& their = *seen[t].detection;
    Seen* nearest = nullptr;
    for (std::size_t o = 0; o < ours.size(); ++o) {
      if (seen[o].partner != nullptr || seen[o].detection->class_id != their.class_id) continue;
      if (nearest == nullptr ||
          corner_distance(*seen[o].detection, their) < corner_distance(*nearest->detection, their)) {
        nearest = &seen[o];
      }
    }
    if (nearest == nullptr || !(corner_distance(*nearest->detection, their) <= farthest)) continue;
    nearest->partner = &their;
    seen[t].partner = nearest->detection;
    result.pairs.push_back({static_cast<std::size_t>(nearest - seen.data()), t - ours.size()});
    result.corner.push_back(corner_distance(*nearest->detection, their));
    result.score.push_back(std::abs(nearest->detection->score - their.score));
  }

  explain(seen, ours.size(), thresholds, rule);
  double lowest = 1;  // PyTorch's score, of the app's detections so far
  for (const Seen& one : seen) {
    if (one.partner == nullptr && !one.explained) result.problems.push_back(describe(*one.detection, one.side));
    if (rule.has_nms || one.partner == nullptr || &one >= seen.data() + ours.size()) continue;
    if (one.partner->score - lowest > rule.score) result.problems.push_back(describe(*one.detection, "out of order"));
    lowest = std::min(lowest, double{one.partner->score});
  }
  return result;
}

}  // namespace parity
