#include "tracking/smoothing.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace vision {
namespace {

constexpr double kPi = 3.14159265358979323846;

constexpr double kCutoff = 1;          // Hz: of a thing at rest; lower trembles less
constexpr double kCutoffBySpeed = 10;  // Hz more for each own size a second (an angle: for each radian)
constexpr double kSpeedCutoff = 1;     // Hz: of the speed itself
constexpr double kShortest = 1e-3;     // seconds between two pictures at least, whatever the clock says
constexpr double kLongest = 1;         // seconds after which a thing that was not seen begins anew
constexpr double kTurn = kPi / 4;      // radians: more from picture to picture is no turn, but sides that change places
constexpr std::size_t kWidth = 2, kHeight = 3, kAngle = 4;

// How much of what is new a low-pass filter of this cutoff (Hz) lets through in so many seconds.
double share(double cutoff, double seconds) {
  const double rate = 2 * kPi * seconds * cutoff;
  return rate / (rate + 1);
}

}  // namespace

void Smoothing::operator()(Result& result, double seconds) {
  const std::size_t points = result.boxes.empty() ? 0 : result.keypoints.size() / result.boxes.size();
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    read(result, i, points);
    const int number = result.track_ids[i];
    if (!std::all_of(values_.begin(), values_.end(), [](double value) { return std::isfinite(value); })) {
      things_.erase(number);
      continue;
    }
    const auto [thing, is_new] = things_.try_emplace(number);
    if (is_new || begins_anew(thing->second, seconds)) {
      thing->second = {values_, std::vector<double>(values_.size()), seconds};
      continue;
    }
    smooth(thing->second, seconds);
    write(result, i, points);
  }
  for (auto each = things_.begin(); each != things_.end();) {
    each = seconds - each->second.seen > kLongest ? things_.erase(each) : std::next(each);
  }
}

bool Smoothing::begins_anew(const Thing& thing, double seconds) const {
  if (seconds - thing.seen > kLongest || thing.values.size() != values_.size()) return true;
  return turned_ != nullptr && std::abs(values_[kAngle] - thing.values[kAngle]) > kTurn;
}

void Smoothing::smooth(Thing& thing, double seconds) {
  const double passed = std::max(seconds - thing.seen, kShortest);
  const double own = std::max({values_[kWidth], values_[kHeight], 1.0});
  const double of_speed = share(kSpeedCutoff, passed);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const double size = turned_ != nullptr && i == kAngle ? 1 : own;
    const double off = values_[i] - thing.values[i];
    thing.speeds[i] += of_speed * (off / passed - thing.speeds[i]);
    thing.values[i] += share(kCutoff + kCutoffBySpeed * std::abs(thing.speeds[i]) / size, passed) * off;
  }
  thing.seen = seconds;
  values_ = thing.values;
}

void Smoothing::read(const Result& result, std::size_t place, std::size_t points) {
  if (turned_ != nullptr) {
    const RotatedBox& box = result.rotated[place];
    values_ = {box.cx, box.cy, box.width, box.height, box.angle};
  } else {
    const Detection& box = result.boxes[place];
    const double x1 = box.x1, y1 = box.y1, x2 = box.x2, y2 = box.y2;
    values_ = {(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1};
  }
  for (std::size_t k = points * place; k < points * (place + 1); ++k) {
    values_.push_back(result.keypoints[k].x);
    values_.push_back(result.keypoints[k].y);
  }
}

void Smoothing::write(Result& result, std::size_t place, std::size_t points) const {
  const auto number = [this](std::size_t i) { return static_cast<float>(values_[i]); };
  std::size_t next = kHeight + 1;
  if (turned_ != nullptr) {
    turned_->put(result, place, {number(0), number(1), number(kWidth), number(kHeight), number(kAngle)});
    ++next;
  } else {
    Detection& box = result.boxes[place];
    const double half_width = values_[kWidth] / 2, half_height = values_[kHeight] / 2;
    box.x1 = static_cast<float>(values_[0] - half_width);
    box.y1 = static_cast<float>(values_[1] - half_height);
    box.x2 = static_cast<float>(values_[0] + half_width);
    box.y2 = static_cast<float>(values_[1] + half_height);
  }
  for (std::size_t k = points * place; k < points * (place + 1); ++k, next += 2) {
    result.keypoints[k].x = number(next);
    result.keypoints[k].y = number(next + 1);
  }
}

}  // namespace vision
