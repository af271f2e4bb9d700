"""ByteTrack: which detection of this picture is which of the last ones.

Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022, as in
Ultralytics' `model.track(tracker="bytetrack.yaml")`, whose numbers and order of steps are kept.
Coordinates of detections are float32, what is believed of a track is float64.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import numpy.typing as npt

from edgegen.reference.nms import probiou
from tests.helpers.assignment import assign
from tests.helpers.motion import Motion

Float32 = npt.NDArray[np.float32]
Box = npt.NDArray[np.floating]  # left, top, right, bottom

SCORE_HIGH = 0.25  # from here on a detection is looked at first, and can begin a track
SCORE_LOW = 0.1  # above this it can continue one
FIRST_LIMIT, SECOND_LIMIT, NEW_LIMIT = 0.8, 0.5, 0.7  # the cost of a pair stays below
PATIENCE = 30  # frames for which a track that is lost can be found again
DUPLICATE = 0.15  # 1 - IoU: below, a tracked and a lost one are the same thing
_REMEMBERED = 1000  # of the tracks that ended, those that cannot be lost again


class State(Enum):
    """What a track is."""

    TRACKED = auto()
    LOST = auto()
    ENDED = auto()


@dataclass(frozen=True)
class Found:
    """A detection of the picture that is looked at."""

    ltwh: Float32  # left, top, width, height in picture pixels; of a turned box before it is turned
    score: np.float32
    index: int  # among all detections of the picture
    angle: np.float64 | None = None  # radians; of a turned box, whose width is its longer side

    @property
    def box(self) -> Box:
        """Left, top, right, bottom; of a turned one centre x, centre y, width, height, angle."""
        if self.angle is None:
            return np.concatenate([self.ltwh[:2], self.ltwh[:2] + self.ltwh[2:]])
        return np.asarray([*(self.ltwh[:2] + self.ltwh[2:] / 2), *self.ltwh[2:], self.angle])

    @property
    def measured(self) -> Float32:
        """Centre x, centre y, width over height, height."""
        left, top, width, height = self.ltwh
        return np.asarray(
            [left + width / np.float32(2), top + height / np.float32(2), width / height, height], np.float32
        )


class Track:
    """A thing that is followed from picture to picture."""

    def __init__(self, found: Found, number: int, frame: int) -> None:
        self.number, self.first, self.last = number, frame, frame
        self.motion = Motion(found.measured)
        self.score, self.index, self.angle = found.score, found.index, found.angle
        self.state = State.TRACKED
        self.confirmed = frame == 1  # otherwise by a second sight

    def sees(self, found: Found, frame: int) -> None:
        """Take a detection as where the thing is now."""
        self.motion.correct(found.measured)
        self.score, self.index = found.score, found.index
        if found.angle is not None and self.angle is not None:  # by half turns as near to the last as can be
            self.angle = found.angle - np.pi * np.round((found.angle - self.angle) / np.pi)
        self.state, self.confirmed, self.last = State.TRACKED, True, frame

    @property
    def box(self) -> Box:
        """Left, top, right, bottom, in picture pixels, as believed; of a turned one as in Found."""
        x, y, aspect, height = self.motion.value
        width = aspect * height
        left, top = x - width / 2, y - height / 2
        if self.angle is None:
            return np.asarray([left, top, left + width, top + height])
        return np.asarray([left + width / 2, top + height / 2, width, height, self.angle])


@dataclass(frozen=True)
class Tracked:
    """A track that is shown."""

    number: int  # from 1, never given twice
    box: Float32  # corners in picture pixels, or a turned box [5]: as believed, not as detected
    index: int  # of the detection, among all of the picture


class ByteTrack:
    """Follows things through the pictures of one video or camera."""

    def __init__(self) -> None:
        self._frame = self._count = 0
        self._tracked: list[Track] = []
        self._lost: list[Track] = []
        self._ended: deque[int] = deque(maxlen=_REMEMBERED)

    def update(self, boxes: Float32, scores: Float32) -> list[Tracked]:
        """Look at the detections of the next picture; return the tracks that are in it, in their own order.

        boxes [n, 4] are corners in picture pixels, as NMS leaves them, or [n, 5] centre x, centre y, width,
        height and angle of turned ones; of all classes, with scores [n] from SCORE_LOW on. A new track is
        shown from its second picture on, those of the very first at once.
        """
        self._frame += 1
        high, low = _split(boxes, scores)
        new = [track for track in self._tracked if not track.confirmed]
        pool = _joined([track for track in self._tracked if track.confirmed], self._lost)
        for track in pool:
            track.motion.predict(still_growing=track.state is State.TRACKED)
        pairs, apart, rest = _pairs(pool, high, FIRST_LIMIT, fused=True)
        seen, again = self._see(pairs)
        doubtful = [track for track in apart if track.state is State.TRACKED]
        pairs, lost, _ = _pairs(doubtful, low, SECOND_LIMIT, fused=False)
        seen += self._see(pairs)[0]
        for track in lost:
            track.state = State.LOST
        pairs, ended, rest = _pairs(new, rest, NEW_LIMIT, fused=True)
        seen += self._see(pairs)[0]
        seen += [self._begin(found) for found in rest if found.score >= np.float32(SCORE_HIGH)]
        ended += [track for track in self._lost if self._frame - track.last > PATIENCE]
        for track in ended:
            track.state = State.ENDED
        self._keep(seen + again, lost)
        self._ended.extend(track.number for track in ended)
        shown = [track for track in self._tracked if track.confirmed]
        return [Tracked(each.number, each.box.astype(np.float32), each.index) for each in shown]

    def _see(self, pairs: Iterable[tuple[Track, Found]]) -> tuple[list[Track], list[Track]]:
        """Let tracks see detections; return those that were tracked, and those that were lost."""
        seen, again = list[Track](), list[Track]()
        for track, found in pairs:
            (seen if track.state is State.TRACKED else again).append(track)
            track.sees(found, self._frame)
        return seen, again

    def _begin(self, found: Found) -> Track:
        self._count += 1
        return Track(found, self._count, self._frame)

    def _keep(self, seen: Sequence[Track], lost: Sequence[Track]) -> None:
        """Sort the tracks into those that are tracked and those that are lost, without duplicates."""
        self._tracked = _joined([each for each in self._tracked if each.state is State.TRACKED], seen)
        tracked = {track.number for track in self._tracked}
        # One that ended in the last picture could still be found in this one; now it is gone.
        self._lost = [
            each
            for each in [*(old for old in self._lost if old.number not in tracked), *lost]
            if each.number not in self._ended
        ]
        costs = _distances([each.box for each in self._tracked], [each.box for each in self._lost])
        out = set[int]()
        for one, other in zip(*np.nonzero(costs < DUPLICATE), strict=True):
            pair = self._tracked[one], self._lost[other]
            ages = [track.last - track.first for track in pair]
            out.add(pair[1 if ages[0] > ages[1] else 0].number)  # the younger one goes
        self._tracked = [each for each in self._tracked if each.number not in out]
        self._lost = [each for each in self._lost if each.number not in out]


def _split(boxes: Float32, scores: Float32) -> tuple[list[Found], list[Found]]:
    """Return the detections of high and of low score; boxes without an area are none."""
    high, low = list[Found](), list[Found]()
    for index, (box, score) in enumerate(zip(boxes, scores, strict=True)):
        x, y, width, height = _upright(box) if len(box) == 4 else box[:4]
        if not (width > 0 and height > 0 and score > np.float32(SCORE_LOW)):
            continue
        angle = None if len(box) == 4 else np.float64(box[4])
        if angle is not None and width < height:
            width, height, angle = height, width, angle + np.pi / 2
        ltwh = np.asarray([float(x) - float(width) / 2, float(y) - float(height) / 2, width, height])
        (high if score >= np.float32(SCORE_HIGH) else low).append(
            Found(ltwh.astype(np.float32), np.float32(score), index, angle)
        )
    return high, low


def _upright(corners: Float32) -> Float32:
    """Return centre x, centre y, width, height."""
    left, top, right, bottom = corners
    two = np.float32(2)
    return np.asarray([(left + right) / two, (top + bottom) / two, right - left, bottom - top])


def _pairs(
    tracks: Sequence[Track], found: Sequence[Found], limit: float, *, fused: bool
) -> tuple[list[tuple[Track, Found]], list[Track], list[Found]]:
    """Return who belongs to whom, and the tracks and detections that are left."""
    costs = _distances([each.box for each in tracks], [each.box for each in found])
    if fused and costs.size:  # how sure a detection is counts as much as how near
        costs = 1 - (1 - costs) * np.asarray([each.score for each in found], np.float32)
    pairs = assign(costs, limit) if costs.size else []
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    return (
        [(tracks[row], found[column]) for row, column in pairs],
        [each for row, each in enumerate(tracks) if row not in rows],
        [each for column, each in enumerate(found) if column not in columns],
    )


def _distances(ones: Sequence[Box], others: Sequence[Box]) -> Float32:
    """Return 1 - IoU of boxes, of turned ones 1 - their likeness, in float32: [n, m]."""
    if not ones or not others:
        return np.zeros((len(ones), len(others)), np.float32)
    one, other = (np.asarray(each, np.float32) for each in (ones, others))
    if one.shape[1] == 5:
        return 1 - probiou(one, other)
    ends = np.minimum(one[:, None, 2:], other[None, :, 2:])
    sides = (ends - np.maximum(one[:, None, :2], other[None, :, :2])).clip(0)
    inside = np.prod(sides, axis=2, dtype=np.float32)
    areas = [(each[:, 2] - each[:, 0]) * (each[:, 3] - each[:, 1]) for each in (one, other)]
    overlap: Float32 = inside / (areas[1] + areas[0][:, None] - inside + np.float32(1e-7))
    return 1 - overlap


def _joined(ones: Sequence[Track], others: Iterable[Track]) -> list[Track]:
    """Return both, without what is in both."""
    known = {track.number for track in ones}
    return [*ones, *(track for track in others if track.number not in known)]
