"""Things that are followed, as a tracker gives them: they stand, move, stop, tremble, go and come again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Frame:
    """What is followed in a frame."""

    time: float  # seconds
    numbers: list[int]  # of the tracks
    boxes: npt.NDArray[np.float32]  # corners, [n, 4]; or turned, [n, 5]
    points: npt.NDArray[np.float32]  # [n, k, 2]


def centred(boxes: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return centre x, centre y, width and height of corners; of turned boxes themselves."""
    found = boxes.astype(np.float64)
    if found.shape[1] == 5:
        return found
    return np.concatenate([(found[:, :2] + found[:, 2:]) / 2, found[:, 2:] - found[:, :2]], 1)


def trembling(seed: int, *, turned: bool = False, points: int = 0, frames: int = 60) -> Iterator[Frame]:
    """Yield frames of eight things, at uneven times; some of no size, or of numbers that are none."""
    random = np.random.RandomState(seed)
    centres, speeds = random.uniform(50, 590, (8, 2)), random.normal(0, 90, (8, 2))
    sizes, angles, places = (
        random.uniform(4, 160, (8, 2)),
        random.uniform(-2, 2, 8),
        random.rand(8, points, 2),
    )
    sizes[7] = 0.01
    hidden, time = np.zeros(8, int), 0.0
    for number in range(frames):
        passed = random.choice([0, 0.016, 0.033, 0.033, 0.1, 0.4])
        time += passed
        speeds[random.rand(8) < 0.1] = 0
        centres += speeds * passed
        angles += 0.4 * passed
        hidden = np.where(
            (hidden == 0) & (random.rand(8) < 0.04), random.randint(1, 30, 8), np.maximum(hidden - 1, 0)
        )
        numbers = [int(i) + 1 for i in np.flatnonzero(hidden == 0)]
        random.shuffle(numbers)
        at = np.asarray(numbers, int) - 1
        seen, halves = (
            centres[at] + random.normal(0, 1, (len(at), 2)),
            sizes[at] * random.uniform(0.97, 1.03, (len(at), 2)) / 2,
        )
        keypoints = seen[:, None] - halves[:, None] + places[at] * 2 * halves[:, None]
        if turned:
            swapped = random.rand(len(at)) < 0.06
            sides = np.where(swapped[:, None], halves[:, ::-1], halves) * 2
            turns = angles[at] + random.normal(0, 0.03, len(at)) + np.where(swapped, np.pi / 2, 0)
            boxes = np.concatenate([seen, sides, turns[:, None]], 1)
        else:
            boxes = np.concatenate([seen - halves, seen + halves], 1)
        if number % 20 == 9 and len(at):
            boxes[0, 0] = np.nan
        yield Frame(time, numbers, boxes.astype(np.float32), keypoints.astype(np.float32))
