#include "bytetrack.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

// A product is rounded before it is added to something, so that all processors give the same bits. For other compilers
// than Clang a flag says so (-ffp-contract=off).
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kHighScore = 0.25F;  // from here on a detection is looked at first, and can begin a track
constexpr double kFirstLimit = 0.8, kSecondLimit = 0.5, kNewLimit = 0.7;  // the cost of a pair stays below
constexpr int kPatience = 30;              // pictures for which a track that is lost can be found again
constexpr float kDuplicate = 0.15F;        // 1 - IoU: below, a tracked and a lost one are the same thing
constexpr std::size_t kRemembered = 1000;  // of the tracks that ended
constexpr float kEpsilon = 1e-7F;          // keeps divisions away from 0
constexpr double kPi = 3.14159265358979323846;

// What a picture later is uncertain by, in heights of the box: of its place and size, and of their velocities.
constexpr double kPlace = 1.0 / 20, kVelocity = 1.0 / 160;
// The aspect has no height to be measured by: its own, when predicted and when seen, and of its velocity.
constexpr double kAspect = 1e-2, kAspectSeen = 1e-1, kAspectVelocity = 1e-5;
constexpr std::size_t kAspectAt = 2, kHeightAt = 3;

// Variances: of deviations in heights of the box, and the aspect's own.
Motion::Box squares(const Motion::Box& box, double heights, double aspect) {
  Motion::Box found;
  const double deviation = heights * box[kHeightAt];
  found.fill(deviation * deviation);
  found[kAspectAt] = aspect * aspect;
  return found;
}

float intersection_over_union(const ByteTrack::Box& a, const ByteTrack::Box& b) {
  const float width = std::max(std::min(a[2], b[2]) - std::max(a[0], b[0]), 0.0F);
  const float height = std::max(std::min(a[3], b[3]) - std::max(a[1], b[1]), 0.0F);
  const float inside = width * height;
  const float area_a = (a[2] - a[0]) * (a[3] - a[1]), area_b = (b[2] - b[0]) * (b[3] - b[1]);
  return inside / (area_b + area_a - inside + kEpsilon);
}

// The linear assignment problem of a square matrix of costs, by the algorithm of Jonker and Volgenant (Computing 38,
// 1987). Where several assignments cost the same, it is the one that the `lap` package gives, which Ultralytics uses.
class Assignment {
 public:
  Assignment(std::vector<double> costs, std::size_t size)
      : costs_(std::move(costs)),
        size_(size),
        prices_(size, std::numeric_limits<double>::infinity()),
        row_of_(size, 0),
        column_of_(size, kNone) {
    for (std::size_t row = 0; row < size_; ++row) {
      for (std::size_t column = 0; column < size_; ++column) {
        if (!(cost(row, column) < prices_[column])) continue;
        prices_[column] = cost(row, column);
        row_of_[column] = row;
      }
    }
    std::vector<std::size_t> free = reduce_columns();
    for (int i = 0; i < 2; ++i) free = reduce_rows(std::move(free));
    for (const std::size_t row : free) augment(row);
  }

  std::size_t column_of(std::size_t row) const { return column_of_[row]; }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  double cost(std::size_t row, std::size_t column) const { return costs_[row * size_ + column]; }
  double paid(std::size_t row, std::size_t column) const { return cost(row, column) - prices_[column]; }

  // Gives every row one of the columns for which it is the cheapest; returns the rows without any.
  std::vector<std::size_t> reduce_columns() {
    std::vector<char> is_alone(size_, 1);
    for (std::size_t column = size_; column-- > 0;) {
      const std::size_t row = row_of_[column];
      if (column_of_[row] == kNone) {
        column_of_[row] = column;
      } else {
        is_alone[row] = 0;
        row_of_[column] = kNone;
      }
    }
    std::vector<std::size_t> free;
    for (std::size_t row = 0; row < size_; ++row) {
      if (column_of_[row] == kNone) {
        free.push_back(row);
      } else if (is_alone[row]) {  // what it would pay elsewhere makes its own column cheaper
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t column = 0; column < size_; ++column) {
          if (column != column_of_[row]) least = std::min(least, paid(row, column));
        }
        prices_[column_of_[row]] -= least;
      }
    }
    return free;
  }

  // Lets free rows take the column that is best for them from others, as long as prices fall.
  std::vector<std::size_t> reduce_rows(std::vector<std::size_t> waiting) {
    std::vector<std::size_t> still_free;
    std::reverse(waiting.begin(), waiting.end());
    std::size_t turns = 0, taken = 0;
    while (!waiting.empty()) {
      const std::size_t row = waiting.back();
      waiting.pop_back();
      ++turns, ++taken;
      std::size_t best = 0, second = kNone;
      double least = paid(row, 0), next = std::numeric_limits<double>::infinity();
      for (std::size_t column = 1; column < size_; ++column) {
        const double here = paid(row, column);
        if (here < least) {
          next = std::exchange(least, here);
          second = std::exchange(best, column);
        } else if (here < next) {
          next = here;
          second = column;
        }
      }
      const double lowered = prices_[best] - (next - least);
      bool falls = lowered < prices_[best];
      std::size_t owner = row_of_[best];
      if (turns >= taken * size_) {
        falls = false;  // rounding could go on for ever
      } else if (falls) {
        prices_[best] = lowered;
      } else if (owner != kNone && second != kNone) {
        best = second;
        owner = row_of_[second];
      }
      if (owner != kNone) {
        (falls ? waiting : still_free).push_back(owner);
        if (falls) --taken;
      }
      column_of_[row] = best;
      row_of_[best] = row;
    }
    return still_free;
  }

  // Gives a free row a column along the shortest path to a free one, on which columns change hands.
  void augment(std::size_t start) {
    order_.resize(size_);
    length_.resize(size_);
    before_.assign(size_, start);
    for (std::size_t column = 0; column < size_; ++column) {
      order_[column] = column;
      length_[column] = paid(start, column);
    }
    std::size_t low = 0, high = 0, ready = 0;  // of known length up to low, the nearest of the others up to high
    std::size_t last = kNone;
    while (last == kNone) {
      if (low == high) {
        ready = low;
        high = nearest(low);
        for (std::size_t place = low; place < high; ++place) {
          if (row_of_[order_[place]] == kNone) last = order_[place];
        }
      }
      if (last != kNone) break;
      std::size_t end = high;
      last = scan(low, end);
      if (last == kNone) low = high = end;
    }
    const double shortest = length_[order_[low]];
    for (std::size_t place = 0; place < ready; ++place) {
      prices_[order_[place]] += length_[order_[place]] - shortest;
    }
    for (std::size_t row = kNone; row != start;) {
      row = before_[last];
      row_of_[last] = row;
      std::swap(last, column_of_[row]);
    }
  }

  // Puts the nearest columns from low on to the front of the others; returns where they end.
  std::size_t nearest(std::size_t low) {
    std::size_t high = low + 1;
    double shortest = length_[order_[low]];
    for (std::size_t place = high; place < size_; ++place) {
      const double length = length_[order_[place]];
      if (!(length <= shortest)) continue;
      if (length < shortest) high = low;
      shortest = length;
      std::swap(order_[place], order_[high++]);
    }
    return high;
  }

  // Goes on from the nearest columns, from low to high; returns a free one that is as near, or none.
  std::size_t scan(std::size_t low, std::size_t& high) {
    while (low != high) {
      const std::size_t from = order_[low++], row = row_of_[from];
      const double shortest = length_[from], offset = paid(row, from) - shortest;
      for (std::size_t place = high; place < size_; ++place) {
        const std::size_t column = order_[place];
        const double through = paid(row, column) - offset;
        if (!(through < length_[column])) continue;
        length_[column] = through;
        before_[column] = row;
        if (through < shortest || through > shortest) continue;
        if (row_of_[column] == kNone) return column;
        std::swap(order_[place], order_[high++]);
      }
    }
    return kNone;
  }

  const std::vector<double> costs_;
  const std::size_t size_;
  std::vector<double> prices_;  // of the columns
  std::vector<std::size_t> row_of_, column_of_;
  std::vector<std::size_t> order_, before_;
  std::vector<double> length_;
};

template <typename T>
void reorder(std::vector<T>& parts, const std::vector<std::size_t>& order, std::size_t each = 1) {
  if (parts.empty()) return;
  std::vector<T> sorted;
  sorted.reserve(order.size() * each);
  for (const std::size_t place : order) {
    for (std::size_t k = 0; k < each; ++k) sorted.push_back(std::move(parts[place * each + k]));
  }
  parts = std::move(sorted);
}

}  // namespace

Motion::Motion(const Box& seen)
    : value_(seen),
      value_variance_(squares(seen, 2 * kPlace, kAspect)),
      velocity_variance_(squares(seen, 10 * kVelocity, kAspectVelocity)) {}

void Motion::predict(bool is_lost) {
  if (is_lost) velocity_[kHeightAt] = 0;
  const Box place = squares(value_, kPlace, kAspect), velocity = squares(value_, kVelocity, kAspectVelocity);
  for (std::size_t i = 0; i < value_.size(); ++i) {
    value_[i] += velocity_[i];
    const double covariance = covariance_[i] + velocity_variance_[i];
    value_variance_[i] = (value_variance_[i] + covariance_[i]) + covariance + place[i];
    covariance_[i] = covariance;
    velocity_variance_[i] += velocity[i];
  }
}

void Motion::correct(const Box& seen) {
  const Box noise = squares(value_, kPlace, kAspectSeen);
  for (std::size_t i = 0; i < value_.size(); ++i) {
    const double total = value_variance_[i] + noise[i];
    const double value_gain = value_variance_[i] / total, velocity_gain = covariance_[i] / total;
    const double off = seen[i] - value_[i];
    value_[i] += off * value_gain;
    velocity_[i] += off * velocity_gain;
    velocity_variance_[i] -= velocity_gain * total * velocity_gain;
    covariance_[i] -= value_gain * total * velocity_gain;
    value_variance_[i] -= value_gain * total * value_gain;
  }
}

void ByteTrack::operator()(Result& result) {
  ++picture_;
  split(result);
  Tracks seen, again, lost, doubtful;
  std::vector<int> ended;
  std::vector<const Found*> rest;
  const auto of = [](std::vector<Found>& found) {
    std::vector<const Found*> all;
    for (const Found& each : found) all.push_back(&each);
    return all;
  };

  // Those that were seen twice, and those that are lost, look first, for what is sure.
  Tracks pool, fresh;
  for (Track& track : tracked_) (track.is_confirmed ? pool : fresh).push_back(track);
  pool.insert(pool.end(), lost_.begin(), lost_.end());
  for (Track& track : pool) track.motion.predict(track.state != State::kTracked);
  const auto pointers = [](Tracks& tracks) {
    std::vector<Track*> all;
    for (Track& track : tracks) all.push_back(&track);
    return all;
  };
  std::vector<const Found*> found = of(high_);
  std::vector<int> partners = pair(pointers(pool), found, kFirstLimit, true);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    if (partners[i] < 0) {
      if (pool[i].state == State::kTracked) doubtful.push_back(pool[i]);
      continue;
    }
    const bool was_lost = pool[i].state != State::kTracked;
    see(pool[i], *found[static_cast<std::size_t>(partners[i])]);
    (was_lost ? again : seen).push_back(pool[i]);
    found[static_cast<std::size_t>(partners[i])] = nullptr;
  }
  for (const Found* each : found) {
    if (each != nullptr) rest.push_back(each);
  }

  // Then those that are still tracked, for what is not sure.
  found = of(low_);
  partners = pair(pointers(doubtful), found, kSecondLimit, false);
  for (std::size_t i = 0; i < doubtful.size(); ++i) {
    if (partners[i] < 0) {
      doubtful[i].state = State::kLost;
      lost.push_back(doubtful[i]);
      continue;
    }
    see(doubtful[i], *found[static_cast<std::size_t>(partners[i])]);
    seen.push_back(doubtful[i]);
  }

  // Then those that were seen once. What is left begins tracks.
  partners = pair(pointers(fresh), rest, kNewLimit, true);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (partners[i] < 0) {
      ended.push_back(fresh[i].number);
      continue;
    }
    see(fresh[i], *rest[static_cast<std::size_t>(partners[i])]);
    seen.push_back(fresh[i]);
    rest[static_cast<std::size_t>(partners[i])] = nullptr;
  }
  for (const Found* each : rest) {
    if (each == nullptr || each->score < kHighScore) continue;
    seen.push_back({Motion(ByteTrack::seen(*each)), each->angle, each->score, each->place, ++count_, picture_, picture_,
                    State::kTracked, picture_ == 1});
  }

  // In the order in which they were tracked before; then what is new, then what was found again.
  Tracks tracked;
  const auto take = [](Tracks& from, int number, Tracks& to) {
    const auto at = std::find_if(from.begin(), from.end(), [&](const Track& each) { return each.number == number; });
    if (at == from.end()) return false;
    to.push_back(*at);
    from.erase(at);
    return true;
  };
  for (const Track& before : tracked_) take(seen, before.number, tracked);
  tracked.insert(tracked.end(), seen.begin(), seen.end());
  tracked.insert(tracked.end(), again.begin(), again.end());
  tracked_ = std::move(tracked);
  // One that ended in the last picture could still be found in this one; now it is gone.
  Tracks still_lost;
  for (Track& track : pool) {
    if (track.state == State::kEnded) ended.push_back(track.number);  // once more, as Ultralytics counts them
    if (track.state == State::kTracked || std::count(ended_.begin(), ended_.end(), track.number) > 0) continue;
    still_lost.push_back(track);
  }
  for (Track& track : lost) {
    if (std::count(ended_.begin(), ended_.end(), track.number) == 0) still_lost.push_back(track);
  }
  lost_ = std::move(still_lost);
  for (Track& track : lost_) {
    if (track.state == State::kLost && picture_ - track.last > kPatience) {
      track.state = State::kEnded;
      ended.push_back(track.number);
    }
  }
  drop_duplicates();
  ended_.insert(ended_.end(), ended.begin(), ended.end());
  while (ended_.size() > kRemembered) ended_.pop_front();
  write(result);
}

void ByteTrack::split(const Result& result) {
  high_.clear();
  low_.clear();
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const Detection& box = result.boxes[i];
    float x = (box.x1 + box.x2) / 2, y = (box.y1 + box.y2) / 2, width = box.x2 - box.x1, height = box.y2 - box.y1;
    double angle = 0;
    if (turned_ != nullptr) {
      const RotatedBox& turned = result.rotated[i];
      x = turned.cx, y = turned.cy, width = turned.width, height = turned.height, angle = turned.angle;
    }
    if (!(width > 0 && height > 0 && box.score > kLowScore)) continue;  // not-a-number is none
    if (turned_ != nullptr && width < height) {
      std::swap(width, height);
      angle += kPi / 2;
    }
    const auto left = static_cast<float>(static_cast<double>(x) - static_cast<double>(width) / 2);
    const auto top = static_cast<float>(static_cast<double>(y) - static_cast<double>(height) / 2);
    (box.score >= kHighScore ? high_ : low_).push_back({{left, top, width, height}, angle, box.score, i});
  }
}

ByteTrack::Box ByteTrack::box_of(const Found& found) const {
  const auto [left, top, width, height] = found.ltwh;
  if (turned_ == nullptr) return {left, top, left + width, top + height, 0};
  return {left + width / 2, top + height / 2, width, height, static_cast<float>(found.angle)};
}

ByteTrack::Box ByteTrack::box_of(const Track& track) const {
  const auto [x, y, aspect, height] = track.motion.box();
  const double width = aspect * height, left = x - width / 2, top = y - height / 2;
  if (turned_ == nullptr) {
    return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(left + width),
            static_cast<float>(top + height), 0};
  }
  return {static_cast<float>(left + width / 2), static_cast<float>(top + height / 2), static_cast<float>(width),
          static_cast<float>(height), static_cast<float>(track.angle)};
}

Motion::Box ByteTrack::seen(const Found& found) {
  const auto [left, top, width, height] = found.ltwh;
  return {left + width / 2, top + height / 2, width / height, height};  // rounded to float32 first
}

float ByteTrack::overlap(const Box& one, const Box& other) const {
  return turned_ == nullptr ? intersection_over_union(one, other) : turned_->overlap(one, other);
}

void ByteTrack::see(Track& track, const Found& found) const {
  track.motion.correct(seen(found));
  track.score = found.score;
  track.place = found.place;
  // By half turns as near to the last angle as can be; halves to the even one, as numpy rounds.
  track.angle = found.angle - kPi * std::nearbyint((found.angle - track.angle) / kPi);
  track.state = State::kTracked;
  track.is_confirmed = true;
  track.last = picture_;
}

std::vector<int> ByteTrack::pair(const std::vector<Track*>& tracks, const std::vector<const Found*>& found,
                                 double limit, bool is_fused) const {
  std::vector<int> partners(tracks.size(), -1);
  if (tracks.empty() || found.empty()) return partners;
  std::vector<Box> boxes;
  for (const Found* each : found) boxes.push_back(box_of(*each));
  // To leave two apart costs as much as a pair at the limit: everything has a partner that stands for nobody, at half
  // of it.
  const std::size_t rows = tracks.size(), columns = found.size(), size = rows + columns;
  std::vector<double> costs(size * size, limit / 2);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i < rows ? size : columns; j < size; ++j) costs[i * size + j] = 0;
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const Box box = box_of(*tracks[i]);
    for (std::size_t j = 0; j < columns; ++j) {
      float cost = 1 - overlap(box, boxes[j]);
      if (is_fused) cost = 1 - (1 - cost) * found[j]->score;  // how sure it is counts as much as how near
      costs[i * size + j] = std::isnan(cost) ? 1 : static_cast<double>(cost);  // nothing in common
    }
  }
  const Assignment assignment(std::move(costs), size);
  for (std::size_t i = 0; i < rows; ++i) {
    if (assignment.column_of(i) < columns) partners[i] = static_cast<int>(assignment.column_of(i));
  }
  return partners;
}

void ByteTrack::drop_duplicates() {
  std::vector<char> is_tracked_out(tracked_.size()), is_lost_out(lost_.size());
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    for (std::size_t j = 0; j < lost_.size(); ++j) {
      if (!(1 - overlap(box_of(tracked_[i]), box_of(lost_[j])) < kDuplicate)) continue;
      const int age = tracked_[i].last - tracked_[i].first, other = lost_[j].last - lost_[j].first;
      (age > other ? is_lost_out[j] : is_tracked_out[i]) = 1;  // the younger one goes
    }
  }
  const auto drop = [](Tracks& tracks, const std::vector<char>& is_out) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      if (!is_out[i]) tracks[kept++] = tracks[i];
    }
    tracks.erase(tracks.begin() + static_cast<std::ptrdiff_t>(kept), tracks.end());
  };
  drop(tracked_, is_tracked_out);
  drop(lost_, is_lost_out);
}

void ByteTrack::write(Result& result) const {
  std::vector<std::size_t> order;
  result.track_ids.clear();
  for (const Track& track : tracked_) {
    if (!track.is_confirmed) continue;
    order.push_back(track.place);
    result.track_ids.push_back(track.number);
  }
  const std::size_t points = result.boxes.empty() ? 0 : result.keypoints.size() / result.boxes.size();
  reorder(result.boxes, order);
  reorder(result.rotated, order);
  reorder(result.masks.parts, order);
  reorder(result.keypoints, order, points);
  std::size_t place = 0;
  for (const Track& track : tracked_) {
    if (!track.is_confirmed) continue;
    const Box box = box_of(track);
    if (turned_ == nullptr) {
      const auto within = [](float pixels, int side) { return std::clamp(pixels, 0.0F, static_cast<float>(side)); };
      Detection& shown = result.boxes[place];
      shown.x1 = within(box[0], result.width), shown.y1 = within(box[1], result.height);
      shown.x2 = within(box[2], result.width), shown.y2 = within(box[3], result.height);
    } else {
      turned_->put(result, place, box);
    }
    ++place;
  }
}

}  // namespace vision
