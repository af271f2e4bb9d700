"""The One Euro filter: things that are followed tremble less, and what moves fast is late by little.

Casiez, Roussel and Vogel, "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive
Systems", CHI 2012. Speeds are measured in sizes of the thing's own box, so that a thing is smoothed alike
whether it is near or far and whatever the camera's resolution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

CUTOFF = 1.0  # Hz: of a thing at rest; lower trembles less
CUTOFF_BY_SPEED = 10.0  # Hz more for each own size a second (an angle: for each radian)
SPEED_CUTOFF = 1.0  # Hz: of the speed itself
SHORTEST = 1e-3  # seconds between two frames at least, whatever the clock says
LONGEST = 1.0  # seconds after which a thing that was not seen begins anew
TURN = np.pi / 4  # radians: one more than that from frame to frame is no turn, but sides that change places
ANGLE: Final = 4  # the place of the angle in a turned box


@dataclass
class _Thing:
    values: Float64
    speeds: Float64
    time: float  # seconds, of when it was seen last


class Smoothing:
    """Of one video or camera."""

    def __init__(self) -> None:
        self._things: dict[int, _Thing] = {}

    def update(
        self,
        numbers: Sequence[int],
        boxes: npt.NDArray[np.floating],
        time: float,
        points: npt.NDArray[np.floating] | None = None,
    ) -> tuple[Float64, Float64 | None]:
        """Take the things of the next frame, and return where they are shown.

        Args:
            numbers: Of the tracks, each once.
            boxes: Centre x, centre y, width, height in pixels, [n, 4]; turned ones with their angle in
                radians, [n, 5].
            time: When the frame was seen, in seconds.
            points: Keypoints in pixels, [n, k, 2].
        """
        shown_boxes = boxes.astype(np.float64)
        shown_points = None if points is None else points.astype(np.float64)
        for i, number in enumerate(numbers):
            now = shown_boxes[i] if shown_points is None else np.append(shown_boxes[i], shown_points[i])
            values = self._seen(number, now, boxes.shape[1] > ANGLE, time)
            shown_boxes[i] = values[: boxes.shape[1]]
            if shown_points is not None:
                shown_points[i] = values[boxes.shape[1] :].reshape(-1, 2)
        self._things = {n: each for n, each in self._things.items() if time - each.time <= LONGEST}
        return shown_boxes, shown_points

    def _seen(self, number: int, now: Float64, is_turned: bool, time: float) -> Float64:
        before = self._things.get(number)
        if not np.isfinite(now).all():
            self._things.pop(number, None)
            return now
        is_new = before is None or time - before.time > LONGEST or before.values.shape != now.shape
        if is_new or (is_turned and abs(now[ANGLE] - before.values[ANGLE]) > TURN):  # type: ignore[union-attr]
            self._things[number] = _Thing(now, np.zeros_like(now), time)
            return now
        assert before is not None  # noqa: S101 - for mypy
        passed = max(time - before.time, SHORTEST)
        size = np.full(now.shape, max(now[2], now[3], 1.0))
        if is_turned:
            size[ANGLE] = 1
        share = _share(SPEED_CUTOFF, passed)
        speeds = before.speeds + share * ((now - before.values) / passed - before.speeds)
        shares = _share(CUTOFF + CUTOFF_BY_SPEED * np.abs(speeds) / size, passed)
        values = before.values + shares * (now - before.values)
        self._things[number] = _Thing(values, speeds, time)
        return values


def _share(cutoff: float | Float64, passed: float) -> Float64:
    """Return what a low-pass filter of a cutoff (Hz) lets through in so many seconds, of 1."""
    rate = 2 * np.pi * passed * np.asarray(cutoff)
    return rate / (rate + 1)
