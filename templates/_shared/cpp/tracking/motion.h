// How a box moves from picture to picture.
#pragma once

#include <array>

namespace vision {

// Where a box is and how fast it moves, from where it was seen: a Kalman filter. The one of eight dimensions of SORT
// falls apart into four of two, since each number is seen by itself and moved by its own velocity alone.
class Motion {
 public:
  // Centre x, centre y, width over height, height.
  using Box = std::array<double, 4>;

  explicit Motion(const Box& seen);
  // Goes a picture further. Of a box that is lost the height stays: it would grow or shrink without end.
  void predict(bool is_lost);
  void correct(const Box& seen);
  const Box& box() const { return value_; }

 private:
  Box value_, velocity_{};
  // Of a number and its velocity: their variances, and the covariance of both.
  Box value_variance_, covariance_{}, velocity_variance_;
};

}  // namespace vision
