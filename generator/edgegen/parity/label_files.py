"""The text files with a picture's labels: one thing a line, numbers in shares of width and height."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.base.errors import InputError
from edgegen.model.facts import Facts
from edgegen.model.labelled import Labels
from edgegen.model.spec import ModelSpec

Float32 = npt.NDArray[np.float32]

SLACK: Final = 0.01  # how far outside of the picture Ultralytics' training takes a coordinate
BOX: Final = 5  # numbers of a line: the class, and centre, width and height of the box
LEAST_POLYGON: Final = 3  # points
TURNED: Final = 4  # points of a turned box


@dataclass(frozen=True)
class Columns:
    """What a line of a model's label files holds."""

    task: str
    class_names: tuple[str, ...]
    kpt_shape: tuple[int, int]  # how many keypoints, and the numbers of each; (0, 0): none
    sigmas: tuple[float, ...] = ()  # of the keypoints, where the data.yaml has its own

    @staticmethod
    def of(model: ModelSpec | Facts) -> "Columns":
        """Return those of a model's task, exported or not yet."""
        extras = model.extras if isinstance(model, Facts) else model.output.extras
        return Columns(model.task, model.class_names, extras.kpt_shape)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    def nothing(self) -> Labels:
        """Return the labels of a picture with nothing in it."""
        none = np.zeros((0, 4), np.float32)
        return Labels(np.zeros(0, np.int64), none, (), _no_points(self.kpt_shape[0]), self.sigmas)

    @staticmethod
    def of_picture(class_id: int) -> Labels:
        """Return the labels of a picture that is of one class as a whole."""
        return Labels(np.array([class_id], np.int64), np.array([[0, 0, 1, 1]], np.float32))


def read_labels(path: Path, columns: Columns) -> Labels:
    """Read a file; a line that stands twice counts once, as in Ultralytics' training.

    Raises:
        InputError: A line does not fit the model's task; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}", "labels are text, a line for each thing"
        ) from None
    rows = dict[tuple[float, ...], None]()  # in the order of the file
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            rows[_row(f"{path}, line {number}", line.split(), columns)] = None
    things = [_Thing.of(row, columns) for row in rows]
    points = columns.kpt_shape[0]
    return Labels(
        np.array([each.class_id for each in things], np.int64),
        np.array([each.box for each in things], np.float32).reshape(-1, 4),
        tuple(each.polygon for each in things) if columns.task in ("segment", "obb") else (),
        np.stack([each.keypoints for each in things]) if things and points else _no_points(points),
        columns.sigmas,
    )


def _no_points(points: int) -> Float32:
    return np.zeros((0, points, 3), np.float32)


def _row(where: str, words: Sequence[str], columns: Columns) -> tuple[float, ...]:
    """Return a line's numbers, once they are what the task needs."""
    try:
        row = tuple(float(word) for word in words)
    except ValueError:
        raise InputError(
            f"{where}: {' '.join(words)[:60]!r} is more than numbers", _expected(columns)
        ) from None
    points = len(row) // 2
    fits = {
        "pose": len(row) == BOX + columns.kpt_shape[0] * columns.kpt_shape[1],
        "segment": len(row) % 2 == 1 and points >= LEAST_POLYGON,
        "obb": len(row) == 1 + 2 * TURNED,
    }.get(columns.task, len(row) == BOX or (len(row) % 2 == 1 and points >= LEAST_POLYGON))
    if not fits:
        raise InputError(f"{where} has {len(row)} numbers", _expected(columns))
    if not (row[0].is_integer() and 0 <= row[0] < columns.classes):
        raise InputError(
            f"{where}: there is no class {words[0]}", f"the model's are 0 to {columns.classes - 1}"
        )
    places = np.array(_places(row, columns))
    if not (np.isfinite(places).all() and (places >= -SLACK).all() and (places <= 1 + SLACK).all()):
        wrong = next(value for value in places if not -SLACK <= value <= 1 + SLACK)
        raise InputError(
            f"{where}: {wrong:g} lies outside of the picture",
            "coordinates are shares of the picture's width and height, 0 to 1, not pixels",
        )
    return row


def _places(row: tuple[float, ...], columns: Columns) -> list[float]:
    """Return what of a line has to lie in the picture: the box, around a polygon too, and keypoints."""
    count, numbers = columns.kpt_shape
    if columns.task == "pose":
        points = [row[BOX + each * numbers : BOX + each * numbers + 2] for each in range(count)]
        return [*row[1:BOX], *(value for point in points for value in point)]
    if len(row) == BOX:
        return list(row[1:])
    x, y = row[1::2], row[2::2]
    return [(min(x) + max(x)) / 2, (min(y) + max(y)) / 2, max(x) - min(x), max(y) - min(y)]


def _expected(columns: Columns) -> str:
    count, numbers = columns.kpt_shape
    return {
        "pose": f"a line is: class, x, y, width, height, then {count} points of {numbers} numbers",
        "segment": "a line is: class, then x and y of three points or more around the thing",
        "obb": "a line is: class, then x and y of the four corners",
    }.get(columns.task, "a line is: class, x, y, width, height")


@dataclass(frozen=True)
class _Thing:
    class_id: int
    box: tuple[float, ...]  # x1 y1 x2 y2
    polygon: Float32
    keypoints: Float32

    @staticmethod
    def of(row: tuple[float, ...], columns: Columns) -> "_Thing":
        count, numbers = columns.kpt_shape
        if columns.task == "pose":
            given = np.array(row[BOX:], np.float32).reshape(count, numbers)
            known = given[:, 2] if numbers > 2 else np.ones(count, np.float32)
            keypoints = np.column_stack([given[:, :2], known]).astype(np.float32)
            return _Thing(int(row[0]), _corners(row), np.zeros((0, 2), np.float32), keypoints)
        none = _no_points(0)
        if len(row) == BOX:
            return _Thing(int(row[0]), _corners(row), np.zeros((0, 2), np.float32), none)
        polygon = np.array(row[1:], np.float32).reshape(-1, 2)
        box = (*polygon.min(0).tolist(), *polygon.max(0).tolist())
        return _Thing(int(row[0]), box, polygon, none)


def _corners(row: tuple[float, ...]) -> tuple[float, ...]:
    _, x, y, width, height = row[:BOX]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
