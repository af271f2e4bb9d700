// The motion of a box from frame to frame.
#pragma once

#include <array>

namespace vision {

// A Kalman filter of place and velocity. SORT's filter of eight dimensions is four independent ones of two, because
// each number depends on its own velocity only.
class Motion {
 public:
  // Centre x, centre y, width over height, height.
  using Box = std::array<double, 4>;

  explicit Motion(const Box& seen);
  // Predicts the next frame. A lost box keeps its height, which would otherwise grow or shrink without end.
  void predict(bool is_lost);
  void correct(const Box& seen);
  const Box& box() const { return value_; }

 private:
  Box value_, velocity_{};
  // The variances of each number and its velocity, and their covariance.
  Box value_variance_, covariance_{}, velocity_variance_;
};

}  // namespace vision
