"""The Kalman filter of ByteTrack: where a box is and how fast it moves, from where it was seen."""

from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

# What a picture later is uncertain by, in heights of the box: of its place and size, and of their velocities.
_PLACE, _VELOCITY = 1 / 20, 1 / 160
# The aspect has no height to be measured by: its own, when predicted and seen, and of its velocity.
_ASPECT, _ASPECT_SEEN, _ASPECT_VELOCITY = 1e-2, 1e-1, 1e-5
_HEIGHT: Final = 3  # the place of the height among the four


class Motion:
    """Four numbers that move at a steady speed: centre x, centre y, width over height, height.

    The filter of eight dimensions (SORT, DeepSORT) falls apart into four of two, since each number is seen by
    itself and moved by its own velocity alone: of each, value and velocity, their variances and covariance.
    """

    def __init__(self, measured: npt.NDArray[np.floating]) -> None:
        self.value: Float64 = measured.astype(np.float64)
        self.velocity: Float64 = np.zeros(4)
        self._value_variance = _squares(self.value, 2 * _PLACE, _ASPECT)
        self._velocity_variance = _squares(self.value, 10 * _VELOCITY, _ASPECT_VELOCITY)
        self._covariance: Float64 = np.zeros(4)

    def predict(self, *, still_growing: bool) -> None:
        """Go a picture further. Of what is lost the height stays: it would grow or shrink without end."""
        if not still_growing:
            self.velocity[_HEIGHT] = 0
        place = _squares(self.value, _PLACE, _ASPECT)
        velocity = _squares(self.value, _VELOCITY, _ASPECT_VELOCITY)
        self.value = self.value + self.velocity
        covariance = self._covariance + self._velocity_variance
        self._value_variance = (self._value_variance + self._covariance) + covariance + place
        self._covariance = covariance
        self._velocity_variance = self._velocity_variance + velocity

    def correct(self, measured: npt.NDArray[np.floating]) -> None:
        """Take in where the box was seen."""
        total = self._value_variance + _squares(self.value, _PLACE, _ASPECT_SEEN)
        value_gain, velocity_gain = self._value_variance / total, self._covariance / total
        off = measured - self.value
        self.value = self.value + off * value_gain
        self.velocity = self.velocity + off * velocity_gain
        self._velocity_variance = self._velocity_variance - velocity_gain * total * velocity_gain
        self._covariance = self._covariance - value_gain * total * velocity_gain
        self._value_variance = self._value_variance - value_gain * total * value_gain


def _squares(value: Float64, heights: float, aspect: float) -> Float64:
    """Return variances: of deviations in heights of the box, and the aspect's own."""
    deviation: Float64 = np.full(4, heights * value[_HEIGHT])
    deviation[2] = aspect
    return deviation * deviation
