"""A picture of a project's golden vectors, and what PyTorch shows in it: ready to be drawn by a browser."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.artifacts.vector_files import Entry, VectorFiles
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import REFERENCE
from edgegen.project.appearance import LOOK

Uint8 = npt.NDArray[np.uint8]

MOST_SHAPES: Final = 20  # of a picture: the best ones
_MOST_ROWS: Final = 5  # of what has no place in the picture
_PNG_BYTES: Final = 150_000  # a larger picture is written as JPEG
_MASK: Final = 140  # of 255: how much of a mask's colour covers the picture
_DRAWN: Final = (
    "landscape",
    "portrait",
    "half",
    "strip",
    "small",
)  # `parity.pictures`, best to look at first


@dataclass(frozen=True)
class Shape:
    """A box, upright or turned, what is known of it, and its keypoints; all in pixels of the picture."""

    corners: tuple[tuple[float, float], ...]
    keypoints: tuple[tuple[float, float], ...]
    name: str
    score: float
    color: str  # #rrggbb

    @property
    def points(self) -> str:
        """The corners as SVG writes them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.corners)

    @property
    def place(self) -> tuple[float, float]:
        """Where its label begins: its highest corner, the left one of two."""
        return min(self.corners, key=lambda corner: (corner[1], corner[0]))


@dataclass(frozen=True)
class Shown:
    """A picture and what is seen in it."""

    name: str
    width: int
    height: int
    uri: str  # of the picture
    overlay: str  # of masks or a class map, as large as the picture; "" where there are none
    shapes: tuple[Shape, ...]
    rows: tuple[tuple[str, float, str], ...]  # what has no place: name, share or probability, colour
    left_out: int  # shapes beyond MOST_SHAPES
    confidence: float
    by: str  # pytorch, executorch or reference: nobody has looked yet


def best_picture(files: VectorFiles, spec: ModelSpec) -> Shown | None:
    """Return the picture that has most to show; a photo of the user's own before drawn ones.

    Raises:
        ValueError, KeyError, TypeError, IndexError: The vectors are damaged.
    """
    shown = [_shown(entry, files.index["source"], spec) for entry in files.entries]

    def rank(each: Shown) -> tuple[bool, bool, int, int]:
        drawn = _DRAWN.index(each.name) if each.name in _DRAWN else -1
        seen = min(len(each.shapes), 3) + len(each.rows)
        return (bool(seen), drawn < 0, seen, -drawn)

    return max(shown, key=rank, default=None)


def _shown(entry: Entry, source: str, spec: ModelSpec) -> Shown:
    rgb: Uint8 = entry.array("picture")
    height, width = rgb.shape[:2]
    there = set(entry.names) if source != REFERENCE else set()
    shapes = _shapes(entry, there, spec)
    overlay, rows = "", tuple[tuple[str, float, str], ...]()
    if "mask.run" in there:
        overlay = _masks(entry, spec, len(shapes))
    if "class_map.run" in there:
        overlay, rows = _class_map(entry, spec, height, width)
    if "classes.probability" in there:
        scores = entry.array("classes.probability")
        best = np.argsort(-scores, kind="stable")[:_MOST_ROWS]
        rows = tuple((_name(spec, i), float(scores[i]), _color(i)) for i in map(int, best))
    return Shown(
        str(entry.about["name"]),
        width,
        height,
        _uri(rgb),
        overlay,
        tuple(shapes[:MOST_SHAPES]),
        rows,
        max(len(shapes) - MOST_SHAPES, 0),
        float(entry.about["confidence"]),
        source,
    )


def _shapes(entry: Entry, there: set[str], spec: ModelSpec) -> list[Shape]:
    if "boxes.box" not in there:
        return []
    boxes, scores = entry.array("boxes.box"), entry.array("boxes.score")
    classes = [int(each) for each in entry.array("boxes.class")]
    corners: Sequence[Any] = [[(x1, y1), (x2, y1), (x2, y2), (x1, y2)] for x1, y1, x2, y2 in boxes]
    if "boxes.rotated" in there:
        from edgegen.tasks.obb.decode import corners as corners_of

        corners = list(corners_of(entry.array("boxes.rotated")))
    points: Sequence[Any] = [()] * len(classes)
    if "boxes.keypoint" in there:
        points = [
            [(x, y) for x, y, score in each if score >= LOOK.least_visible]
            for each in entry.array("boxes.keypoint")
        ]
    return [
        Shape(_pairs(square), _pairs(marks), _name(spec, number), float(score), _color(number))
        for square, marks, number, score in zip(corners, points, classes, scores, strict=True)
    ]


def _pairs(points: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)


def _masks(entry: Entry, spec: ModelSpec, count: int) -> str:
    """Return the masks, which are as large as the model's input, on a picture of the picture's size."""
    from PIL import Image

    from edgegen.tasks.segment.result import of_runs

    size = (spec.input.height, spec.input.width)
    painted = np.zeros((*size, 4), np.uint8)
    ends = [0, *map(int, entry.array("mask.end"))]
    runs, classes = entry.array("mask.run"), entry.array("boxes.class")
    for number in reversed(range(min(count, MOST_SHAPES))):  # the best one is painted last
        mask = of_runs(runs[ends[number] : ends[number + 1]].tolist(), size)
        painted[mask] = (*_rgb(int(classes[number])), _MASK)
    place = entry.about["letterbox"]
    (rows, columns), left, top = place["resized"], place["left"], place["top"]
    part = Image.fromarray(painted[top : top + rows, left : left + columns])
    picture = (int(entry.about["width"]), int(entry.about["height"]))
    return _png(part.resize(picture, Image.Resampling.NEAREST))


def _class_map(
    entry: Entry, spec: ModelSpec, height: int, width: int
) -> tuple[str, tuple[tuple[str, float, str], ...]]:
    from PIL import Image

    from edgegen.tasks.semantic.result import ClassMap, of_runs

    runs, values = entry.array("class_map.run"), entry.array("class_map.value")
    classes = of_runs(runs.tolist(), values.tolist(), (height, width))
    painted = np.zeros((height, width, 4), np.uint8)
    found = ClassMap(classes).to_json(spec.class_names)[0]["classes"]
    for each in found:
        if each["class_name"]:
            painted[classes == each["class_id"]] = (*_rgb(each["class_id"]), _MASK)
    rows = [(each["class_name"] or "nothing", each["share"], _color(each["class_id"])) for each in found]
    return _png(Image.fromarray(painted)), tuple(rows[:_MOST_ROWS])


def _name(spec: ModelSpec, number: int) -> str:
    return spec.class_names[number] if number < len(spec.class_names) else f"class {number}"


def _rgb(number: int) -> tuple[int, int, int]:
    color = LOOK.class_colours[number % len(LOOK.class_colours)]
    return color >> 16, color >> 8 & 0xFF, color & 0xFF


def _color(number: int) -> str:
    return "#" + "".join(f"{part:02x}" for part in _rgb(number))


def _png(picture: Any) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _uri(rgb: Uint8) -> str:
    from PIL import Image

    return encoded(Image.fromarray(np.ascontiguousarray(rgb)))


def encoded(picture: Any) -> str:
    """Return a picture of Pillow's as a data URI: PNG, or JPEG where that would be large."""
    png = _png(picture)
    if len(png) <= _PNG_BYTES:
        return png
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
