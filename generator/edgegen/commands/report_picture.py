"""A picture of the golden vectors with PyTorch's results, as data that a browser can draw."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgegen.artifacts.vector_files import Entry, VectorFiles
from edgegen.base.arrays import Uint8
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import REFERENCE
from edgegen.project.appearance import LOOK

MOST_SHAPES: Final = 20  # in a picture, the most confident ones
_MOST_ROWS: Final = 5  # classes of a classifier or a class map
_PNG_BYTES: Final = 150_000  # a larger picture is written as JPEG
_MASK_ALPHA: Final = 140  # of 255
# The drawn pictures of `parity.pictures`, the most instructive one first.
_DRAWN: Final = ("landscape", "portrait", "half", "strip", "small")


@dataclass(frozen=True)
class Shape:
    """A box or oriented box with its label and keypoints, in pixels of the picture."""

    corners: tuple[tuple[float, float], ...]
    keypoints: tuple[tuple[float, float], ...]
    name: str
    score: float
    color: str  # #rrggbb

    @property
    def points(self) -> str:
        """The corners in the syntax of SVG."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.corners)

    @property
    def place(self) -> tuple[float, float]:
        """The position of the label: the highest corner, the left one of two."""
        return min(self.corners, key=lambda corner: (corner[1], corner[0]))


@dataclass(frozen=True)
class Shown:
    """A picture and the results for it."""

    name: str
    width: int
    height: int
    uri: str  # a data URI
    overlay: str  # a data URI of masks or a class map in the picture's size; "" without
    shapes: tuple[Shape, ...]
    rows: tuple[tuple[str, float, str], ...]  # class name, share or probability, colour
    left_out: int  # shapes beyond MOST_SHAPES
    confidence: float
    by: str  # pytorch, executorch, or reference: without results


def best_picture(files: VectorFiles, spec: ModelSpec) -> Shown | None:
    """Return the picture with the most results. The user's photos are preferred to drawn pictures.

    Raises:
        ValueError, KeyError, TypeError, IndexError: The vectors are damaged.
    """
    shown = [_shown(entry, files.index["source"], spec) for entry in files.entries]

    def rank(each: Shown) -> tuple[bool, bool, int, int]:
        drawn = _DRAWN.index(each.name) if each.name in _DRAWN else -1
        count = min(len(each.shapes), 3) + len(each.rows)
        return (bool(count), drawn < 0, count, -drawn)

    return max(shown, key=rank, default=None)


def _shown(entry: Entry, source: str, spec: ModelSpec) -> Shown:
    from PIL import Image

    rgb: Uint8 = entry.array("picture")
    height, width = rgb.shape[:2]
    present = set(entry.names) if source != REFERENCE else set()
    shapes = _shapes(entry, present, spec)
    overlay, rows = "", tuple[tuple[str, float, str], ...]()
    if "mask.run" in present:
        overlay = _masks(entry, spec, len(shapes))
    if "class_map.run" in present:
        overlay, rows = _class_map(entry, spec, height, width)
    if "classes.probability" in present:
        scores = entry.array("classes.probability")
        best = np.argsort(-scores, kind="stable")[:_MOST_ROWS]
        rows = tuple((_name(spec, i), float(scores[i]), _color(i)) for i in map(int, best))
    return Shown(
        name=str(entry.about["name"]),
        width=width,
        height=height,
        uri=data_uri(Image.fromarray(np.ascontiguousarray(rgb))),
        overlay=overlay,
        shapes=tuple(shapes[:MOST_SHAPES]),
        rows=rows,
        left_out=max(len(shapes) - MOST_SHAPES, 0),
        confidence=float(entry.about["confidence"]),
        by=source,
    )


def _shapes(entry: Entry, present: set[str], spec: ModelSpec) -> list[Shape]:
    if "boxes.box" not in present:
        return []
    boxes, scores = entry.array("boxes.box"), entry.array("boxes.score")
    classes = [int(each) for each in entry.array("boxes.class")]
    corners: Sequence[Any] = [[(x1, y1), (x2, y1), (x2, y2), (x1, y2)] for x1, y1, x2, y2 in boxes]
    if "boxes.rotated" in present:
        from edgegen.tasks.obb.decode import corners as corners_of

        corners = list(corners_of(entry.array("boxes.rotated")))
    keypoints: Any = entry.array("boxes.keypoint") if "boxes.keypoint" in present else [()] * len(boxes)
    points = [[(x, y) for x, y, score in each if score >= LOOK.least_visible] for each in keypoints]
    return [
        Shape(_pairs(square), _pairs(marks), _name(spec, number), float(score), _color(number))
        for square, marks, number, score in zip(corners, points, classes, scores, strict=True)
    ]


def _pairs(points: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)


def _masks(entry: Entry, spec: ModelSpec, count: int) -> str:
    """Return the masks, scaled from the model's input to the picture, as a data URI."""
    from PIL import Image

    from edgegen.tasks.segment.decode import of_runs

    size = (spec.input.height, spec.input.width)
    painted = np.zeros((*size, 4), np.uint8)
    ends = [0, *map(int, entry.array("mask.end"))]
    runs, classes = entry.array("mask.run"), entry.array("boxes.class")
    for number in reversed(range(min(count, MOST_SHAPES))):  # the most confident one is on top
        mask = of_runs(runs[ends[number] : ends[number + 1]].tolist(), size)
        painted[mask] = _paint(int(classes[number]))
    letterbox = entry.about["letterbox"]
    (rows, columns), left, top = letterbox["resized"], letterbox["left"], letterbox["top"]
    part = Image.fromarray(painted[top : top + rows, left : left + columns])
    picture = (int(entry.about["width"]), int(entry.about["height"]))
    return _png(part.resize(picture, Image.Resampling.NEAREST))


def _class_map(
    entry: Entry, spec: ModelSpec, height: int, width: int
) -> tuple[str, tuple[tuple[str, float, str], ...]]:
    from PIL import Image

    from edgegen.tasks.semantic.decode import ClassMap, of_runs

    runs, values = entry.array("class_map.run"), entry.array("class_map.value")
    classes = of_runs(runs.tolist(), values.tolist(), (height, width))
    painted = np.zeros((height, width, 4), np.uint8)
    regions = ClassMap(classes).to_json(spec.class_names)[0]["classes"]
    for each in regions:
        if each["class_name"]:
            painted[classes == each["class_id"]] = _paint(each["class_id"])
    rows = [(each["class_name"] or "nothing", each["share"], _color(each["class_id"])) for each in regions]
    return _png(Image.fromarray(painted)), tuple(rows[:_MOST_ROWS])


def _name(spec: ModelSpec, number: int) -> str:
    return spec.class_names[number] if number < len(spec.class_names) else f"class {number}"


def _color(number: int) -> str:
    return f"#{LOOK.class_colours[number % len(LOOK.class_colours)]:06x}"


def _paint(number: int) -> tuple[int, ...]:
    """Return red, green, blue and alpha of a mask."""
    return (*bytes.fromhex(_color(number)[1:]), _MASK_ALPHA)


def _png(picture: Any) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def data_uri(picture: Any) -> str:
    """Return a Pillow picture as a data URI: PNG, or JPEG if the PNG is large."""
    png = _png(picture)
    if len(png) <= _PNG_BYTES:
        return png
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
