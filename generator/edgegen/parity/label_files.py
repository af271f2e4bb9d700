"""Read YOLO's label files: one object a line, coordinates as shares of the picture's width and height."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.base.errors import InputError, reason
from edgegen.base.text import how_many
from edgegen.model.spec import CheckpointFacts, ModelSpec

SLACK: Final = 0.01  # how far outside the picture Ultralytics' training accepts a coordinate
BOX: Final = 5  # numbers in a line with a box: class, centre x and y, width, height
POLYGON: Final = 7  # a line with at least as many numbers makes the file one of polygons


@dataclass(frozen=True)
class Labels:
    """m labelled objects. Coordinates are shares of width and height (0 to 1), as in YOLO's text files."""

    class_ids: Int64  # [m]
    boxes: Float32  # [m, 4]: x1 y1 x2 y2
    polygons: tuple[Float32, ...] = ()  # m of [k, 2]; four corners of an oriented box
    keypoints: Float32 = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))  # [m, K, 3]
    sigmas: tuple[float, ...] = ()  # K, OKS tolerance of each keypoint; (): the defaults

    def __len__(self) -> int:
        """Return m."""
        return len(self.class_ids)

    def of_classes(self, keep_classes: tuple[int, ...]) -> "Labels":
        """Return the labels of these classes; all if none are given."""
        if not keep_classes:
            return self
        places = np.flatnonzero(np.isin(self.class_ids, keep_classes))
        return Labels(
            self.class_ids[places],
            self.boxes[places],
            tuple(self.polygons[place] for place in places) if self.polygons else (),
            self.keypoints[places] if len(self.keypoints) else self.keypoints,
            self.sigmas,
        )


@dataclass(frozen=True)
class Columns:
    """The columns of a model's label files."""

    task: str
    class_names: tuple[str, ...]
    kpt_shape: tuple[int, int]  # (keypoints, numbers of each); (0, 0) for none
    sigmas: tuple[float, ...] = ()  # tolerances of the keypoints, if the data.yaml has them
    dropped: int = 0  # unused numbers of keypoints after a box, in the data of a pose model

    @staticmethod
    def of(model: ModelSpec | CheckpointFacts) -> "Columns":
        """Return the columns for a model, exported or not."""
        extras = model.extras if isinstance(model, CheckpointFacts) else model.output.extras
        return Columns(model.task, model.class_names, extras.kpt_shape)

    def expected(self) -> str:
        """Return a description of a line."""
        points = f"{how_many(self.kpt_shape[0], 'point')} of {self.kpt_shape[1]} numbers"
        return {
            "pose": f"a line is: class, x, y, width, height, then {points}",
            "segment": "a line is: class, then x and y of three points or more around the object",
            "obb": "a line is: class, then x and y of the four corners",
        }.get(self.task, "a line is: class, x, y, width, height")

    def nothing(self) -> Labels:
        """Return the labels of a picture without objects."""
        no_points = np.zeros((0, self.kpt_shape[0], 3), np.float32)
        return Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32), (), no_points, self.sigmas)

    @staticmethod
    def of_picture(class_id: int) -> Labels:
        """Return the labels of a classifier's picture."""
        return Labels(np.array([class_id], np.int64), np.array([[0, 0, 1, 1]], np.float32))


def read_labels(path: Path, columns: Columns) -> Labels:
    """Read a label file as `yolo val` does. Duplicate lines count once.

    If one line of a file is a polygon, all must be; a model for boxes gets the boxes around them. A file of
    boxes gives no polygons. Raise InputError, which names the line, if `yolo val` would skip the picture.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}", "check its permissions") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error.reason}", columns.expected()) from None
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if columns.dropped:
        lines = [(at, words[:BOX] if len(words) == BOX + columns.dropped else words) for at, words in lines]
    if not lines:
        return columns.nothing()
    is_pose = columns.task == "pose"
    polygons = not is_pose and any(len(words) >= POLYGON for _, words in lines)
    rows, boxes = list[Float32](), list[Float32]()
    for number, words in lines:
        where = f"{path}, line {number}"
        row = _numbers(where, words, columns, polygons=polygons)
        box = _around(row[1:].reshape(-1, 2)) if polygons else row[1:BOX]
        _check(where, row, box, columns, polygons=polygons)
        rows.append(row)
        boxes.append(box)
    kept = _distinct(rows, polygons=polygons)
    rows = [rows[place] for place in kept]
    around = np.stack([boxes[place] for place in kept])
    centre, half = around[:, :2], around[:, 2:] / 2
    outlines: tuple[Float32, ...] = ()
    if polygons and columns.task in ("segment", "obb"):
        outlines = tuple(row[1:].reshape(-1, 2) for row in rows)
    return Labels(
        np.array([row[0] for row in rows], np.int64),
        np.concatenate([centre - half, centre + half], axis=1),
        outlines,
        _keypoints(np.stack(rows), columns.kpt_shape) if is_pose else columns.nothing().keypoints,
        columns.sigmas,
    )


def _numbers(where: str, words: Sequence[str], columns: Columns, *, polygons: bool) -> Float32:
    """Return the numbers of a line, or raise InputError if their number is wrong."""
    count, numbers = columns.kpt_shape
    if polygons and len(words) == BOX:
        raise InputError(f"{where} is a box, but other lines are polygons", "use one of the two")
    if polygons:
        fits = len(words) > 1 and len(words) % 2 == 1
    else:
        fits = len(words) == (BOX + count * numbers if columns.task == "pose" else BOX)
    if not fits:
        raise InputError(f"{where} has {how_many(len(words), 'number')}", columns.expected())
    try:
        return np.array(words, np.float32)
    except ValueError:
        raise InputError(
            f"{where}: {' '.join(words)[:60]!r} has text that is not a number", columns.expected()
        ) from None


def _around(points: Float32) -> Float32:
    """Return the box around points [k, 2]: centre, width and height."""
    low, high = points.min(0), points.max(0)
    return np.concatenate([(low + high) / 2, high - low])


def _check(where: str, row: Float32, box: Float32, columns: Columns, *, polygons: bool) -> None:
    """Raise InputError unless the class exists and the object is in the picture, with some tolerance."""
    class_id = row[0]
    if class_id % 1 != 0 or not 0 <= class_id < len(columns.class_names):
        raise InputError(
            f"{where}: there is no class {class_id:g}",
            f"use the model's classes 0 to {len(columns.class_names) - 1}",
        )
    numbers = columns.kpt_shape[1]
    is_pose = columns.task == "pose"
    places = row[BOX:].reshape(-1, numbers)[:, :2].reshape(-1) if is_pose else box
    every = box if polygons else row[1:]
    # `not <=` and `not >=` are true for NaN, too.
    wrong = [value for value in places if not value <= 1 + SLACK]
    wrong += [value for value in every if not value >= -SLACK]
    if every.min() < 0:
        wrong += [value for value in box[2:] if value < 0]
    if wrong:
        raise InputError(
            f"{where}: {wrong[0]:g} is outside the picture",
            "write coordinates as shares of the picture's width and height, 0 to 1, not in pixels",
        )


def _distinct(rows: Sequence[Float32], *, polygons: bool) -> Sequence[int]:
    """Return the indices of the distinct rows. With duplicates, the order changes as in `yolo val`."""
    if polygons:
        _, first = np.unique(np.array([row.tobytes() for row in rows], object), return_index=True)
    else:
        _, first = np.unique(np.stack(rows), axis=0, return_index=True)
    return range(len(rows)) if len(first) == len(rows) else [int(place) for place in first]


def _keypoints(rows: Float32, kpt_shape: tuple[int, int]) -> Float32:
    """Return [m, K, 3]; a point of two numbers is visible if it is inside the picture."""
    count, numbers = kpt_shape
    given = rows[:, BOX:].reshape(-1, count, numbers)
    if numbers > 2:
        return given
    inside = (given >= 0).all(axis=2, keepdims=True)
    return np.concatenate([given, inside.astype(np.float32)], axis=2)
