"""Boxes as a detector would find them in a video: for trackers."""

from collections.abc import Iterator

import numpy as np

Frame = tuple[np.ndarray, np.ndarray]  # boxes [n, 4], or turned ones [n, 5], and scores [n]


def moving(seed: int, frames: int = 80, things: int = 9) -> Iterator[Frame]:
    """Boxes that cross, hide, come and go, with scores that rise and fall; false ones beside."""
    random = np.random.RandomState(seed)
    places = random.uniform((40, 40), (600, 440), (things, 2))
    speeds = random.normal(0, 6, (things, 2))
    sizes = random.uniform(15, 110, (things, 2))
    hidden = np.zeros(things, int)
    for _ in range(frames):
        speeds += random.normal(0, 1, speeds.shape)
        places += speeds
        out = (places < 0) | (places > (640, 480))
        speeds[out] *= -1
        hidden = np.where((hidden == 0) & (random.rand(things) < 0.03), random.randint(1, 45, things), hidden)
        shown = hidden == 0
        hidden = np.maximum(hidden - 1, 0)
        centres = places[shown] + random.normal(0, 1.5, (int(shown.sum()), 2))
        halves = sizes[shown] * random.uniform(0.93, 1.07, (int(shown.sum()), 2)) / 2
        boxes, scores = (
            np.concatenate([centres - halves, centres + halves], 1),
            random.beta(2, 1.5, shown.sum()),
        )
        if len(boxes) and random.rand() < 0.6:  # one thing as two, in the same place or near
            boxes = np.concatenate([boxes, boxes[:1] + random.choice([0, 0.5])])
            scores = np.append(scores, random.uniform(0.3, 1))
        false = random.uniform((0, 0, 5, 5), (600, 440, 90, 90), (random.poisson(0.7), 4))
        false[:, 2:] += false[:, :2]
        boxes, scores = (
            np.concatenate([boxes, false]),
            np.concatenate([scores, random.uniform(0, 0.5, len(false))]),
        )
        order = np.argsort(-scores)
        yield boxes[order].astype(np.float32), scores[order].astype(np.float32)


def turning(seed: int) -> Iterator[Frame]:
    """The same as turned boxes, which turn further from frame to frame, and whose sides change places."""
    random = np.random.RandomState(seed)
    for number, (boxes, scores) in enumerate(moving(seed, things=14)):
        centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        angles = 0.05 * number + random.normal(0, 0.02, len(boxes)) + np.pi * random.randint(0, 2, len(boxes))
        swapped = random.rand(len(boxes)) < 0.3
        sizes[swapped], angles[swapped] = sizes[swapped][:, ::-1], angles[swapped] + np.pi / 2
        yield np.concatenate([centres, sizes, angles[:, None]], 1).astype(np.float32), scores


def equal(seed: int) -> Iterator[Frame]:
    """Boxes of one size and score that jump on a lattice: many are as near to one as to another."""
    random = np.random.RandomState(seed)
    places = random.randint(0, 5, (12, 2))
    for _ in range(4):
        corners = 100 + 16.0 * places
        yield (
            np.concatenate([corners, corners + 40], 1).astype(np.float32),
            np.full(len(places), 0.9, np.float32),
        )
        places = places + random.randint(-1, 2, places.shape)
