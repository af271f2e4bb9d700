#include "tracking/motion.h"

#include <cstddef>

// No fused multiply-add, so that all processors give the same bits. Other compilers than Clang need -ffp-contract=off.
#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace vision {
namespace {

// The uncertainty after one frame, in heights of the box: of place and size, and of their velocities.
constexpr double kPlace = 1.0 / 20, kVelocity = 1.0 / 160;
// Of the aspect: predicted, measured, and of its velocity.
constexpr double kAspect = 1e-2, kAspectSeen = 1e-1, kAspectVelocity = 1e-5;
constexpr std::size_t kAspectAt = 2, kHeightAt = 3;

// Variances from deviations: in heights of the box, and of the aspect.
Motion::Box squares(const Motion::Box& box, double heights, double aspect) {
  Motion::Box found;
  const double deviation = heights * box[kHeightAt];
  found.fill(deviation * deviation);
  found[kAspectAt] = aspect * aspect;
  return found;
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

}  // namespace vision
