#include "tracking/bytetrack.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tracking/assignment.h"

// No fused multiply-add, so that all processors give the same bits. Other compilers than Clang need -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

constexpr float kHighScore = 0.25F;  // a detection from here on is paired first, and can start a track
constexpr double kFirstLimit = 0.8, kSecondLimit = 0.5, kNewLimit = 0.7;  // the highest cost of a pair
constexpr int kPatience = 30;              // frames in which a lost track can be found again
constexpr float kDuplicate = 0.15F;        // 1 - IoU; below it, a tracked and a lost one are the same object
constexpr std::size_t kRemembered = 1000;  // of the tracks that ended
constexpr float kEpsilon = 1e-7F;          // prevents divisions by 0
constexpr double kPi = 3.14159265358979323846;

float intersection_over_union(const ByteTrack::Box& a, const ByteTrack::Box& b) {
  const float width = std::max(std::min(a[2], b[2]) - std::max(a[0], b[0]), 0.0F);
  const float height = std::max(std::min(a[3], b[3]) - std::max(a[1], b[1]), 0.0F);
  const float inside = width * height;
  const float area_a = (a[2] - a[0]) * (a[3] - a[1]), area_b = (b[2] - b[0]) * (b[3] - b[1]);
  return inside / (area_b + area_a - inside + kEpsilon);
}

}  // namespace

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

  // First, confirmed and lost tracks are paired with high scores.
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

  // Then tracks that are still tracked, with low scores.
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

  // Then tracks of one frame. The other high scores start tracks.
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

  // The order: as before, then new tracks, then those that were found again.
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
  // A track that ended in the last frame could be found in this one, not later.
  Tracks still_lost;
  for (Track& track : pool) {
    if (track.state == State::kEnded) ended.push_back(track.number);  // again, as Ultralytics counts them
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
    if (rotated_ != nullptr) {
      const Box rotated = rotated_->read(result, i);
      x = rotated[0], y = rotated[1], width = rotated[2], height = rotated[3], angle = rotated[4];
    }
    if (!(width > 0 && height > 0 && box.score > kLowScore)) continue;  // also skips NaN
    if (rotated_ != nullptr && width < height) {
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
  if (rotated_ == nullptr) return {left, top, left + width, top + height, 0};
  return {left + width / 2, top + height / 2, width, height, static_cast<float>(found.angle)};
}

ByteTrack::Box ByteTrack::box_of(const Track& track) const {
  const auto [x, y, aspect, height] = track.motion.box();
  const double width = aspect * height, left = x - width / 2, top = y - height / 2;
  if (rotated_ == nullptr) {
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
  return rotated_ == nullptr ? intersection_over_union(one, other) : rotated_->overlap(one, other);
}

void ByteTrack::see(Track& track, const Found& found) const {
  track.motion.correct(seen(found));
  track.score = found.score;
  track.place = found.place;
  // By half turns to the angle nearest to the last one. Ties go to the even number, as in numpy.
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
  // Rows and columns for "no partner" cost half of the limit each, so two without partners cost as much as a pair at
  // the limit.
  const std::size_t rows = tracks.size(), columns = found.size(), size = rows + columns;
  std::vector<double> costs(size * size, limit / 2);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i < rows ? size : columns; j < size; ++j) costs[i * size + j] = 0;
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const Box box = box_of(*tracks[i]);
    for (std::size_t j = 0; j < columns; ++j) {
      float cost = 1 - overlap(box, boxes[j]);
      if (is_fused) cost = 1 - (1 - cost) * found[j]->score;  // the score counts as much as the overlap
      costs[i * size + j] = std::isnan(cost) ? 1 : static_cast<double>(cost);  // no overlap
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
      (age > other ? is_lost_out[j] : is_tracked_out[i]) = 1;  // the younger one is removed
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
  std::vector<int> track_ids;
  for (const Track& track : tracked_) {
    if (!track.is_confirmed) continue;
    order.push_back(track.place);
    track_ids.push_back(track.number);
  }
  keep(result, order);
  result.track_ids = std::move(track_ids);
  std::size_t place = 0;
  for (const Track& track : tracked_) {
    if (!track.is_confirmed) continue;
    const Box box = box_of(track);
    if (rotated_ == nullptr) {
      const auto within = [](float pixels, int side) { return std::clamp(pixels, 0.0F, static_cast<float>(side)); };
      Detection& shown = result.boxes[place];
      shown.x1 = within(box[0], result.width), shown.y1 = within(box[1], result.height);
      shown.x2 = within(box[2], result.width), shown.y2 = within(box[3], result.height);
    } else {
      rotated_->write(result, place, box);
    }
    ++place;
  }
}

}  // namespace vision
