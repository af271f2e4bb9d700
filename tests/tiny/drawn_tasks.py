"""Drawn pictures with labels for every task: masks, points, turned boxes, one class, a class map, depth.

What is drawn is known to the pixel, so that no label is made by hand. Integers and numpy's frozen random
stream, as in `edgegen.parity.pictures`; turned shapes take float64 besides.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.parity.pictures import KINDS, SUBPIXELS, Shape, _background, _coverage, _paint, draw_scene

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
Uint8 = npt.NDArray[np.uint8]

TURNED_KINDS: Final = ("bar", "ellipse")
MAP_NAMES: Final = ("background", *KINDS)
POINTS: Final = 4  # of a shape: corners, or the outermost ones of a circle
SKY: Final = 40.0  # how far away it is, in units of which the nearest ground is one
SEEN: Final = SUBPIXELS**2 // 2  # subpixels that make a pixel one of the shape's


@dataclass(frozen=True)
class Turned:
    """A shape that is turned: kind is an index into TURNED_KINDS; w is the longer side. Pixels, radians."""

    kind: int
    cx: float
    cy: float
    w: float
    h: float
    angle: float  # -pi/4 to 3pi/4


def points_of(shape: Shape) -> Float32:
    """Return [POINTS, 3]: x, y in pixels and whether there is such a point, clockwise from the top.

    A square begins at its upper left corner; a triangle has three, a circle its four outermost ones.
    """
    x1, y1, x2, y2 = shape.x1, shape.y1, shape.x2, shape.y2
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    rows = {
        "circle": [(x, y1, 1), (x2, y, 1), (x, y2, 1), (x1, y, 1)],
        "square": [(x1, y1, 1), (x2, y1, 1), (x2, y2, 1), (x1, y2, 1)],
        "triangle": [(x, y1, 1), (x2, y2, 1), (x1, y2, 1), (0, 0, 0)],
    }
    return np.array(rows[KINDS[shape.kind]], dtype=np.float32)


def instances(height: int, width: int, shapes: tuple[Shape, ...]) -> Int64:
    """Return [height, width]: which shape a pixel shows, counted from 1, or 0. Later ones lie above."""
    found = np.zeros((height, width), dtype=np.int64)
    for number, shape in enumerate(shapes, start=1):
        inside = _coverage(shape.kind, shape.x2 - shape.x1, 0) >= SEEN
        found[shape.y1 : shape.y2, shape.x1 : shape.x2][inside] = number
    return found


def class_map(height: int, width: int, shapes: tuple[Shape, ...]) -> Int64:
    """Return [height, width]: which of MAP_NAMES a pixel shows."""
    kinds = np.array([0, *(shape.kind + 1 for shape in shapes)])
    return kinds[instances(height, width, shapes)]


def depth_map(height: int, width: int, shapes: tuple[Shape, ...], seed: int) -> Float32:
    """Return [height, width]: how far away a pixel is, in a world in which shapes stand on the ground.

    The ground rises to the horizon of `draw_scene` with this seed; what floats above that is 10 away.
    """
    horizon = int(np.random.RandomState(seed).randint(height * 4 // 10, height * 8 // 10 + 1))
    below = np.maximum(np.arange(height) + 1 - horizon, 0) / max(height - horizon, 1)
    ground = SKY / (1 + (SKY - 1) * below)
    depth = np.repeat(ground[:, None], width, axis=1)
    of_shapes = [0.0, *(min(ground[shape.y2 - 1], 10.0) for shape in shapes)]
    number = instances(height, width, shapes)
    return np.where(number > 0, np.array(of_shapes)[number], depth).astype(np.float32)


def draw_one(side: int, seed: int) -> tuple[Uint8, int]:
    """Draw one shape that fills much of a square picture; return the picture and its kind."""
    random = np.random.RandomState(seed)
    canvas = _background(side, side, random)
    kind = int(random.randint(len(KINDS)))
    size = int(random.randint(side * 4 // 10, side * 9 // 10 + 1))
    x, y = int(random.randint(side - size + 1)), int(random.randint(side - size + 1))
    _paint(canvas, Shape(kind, x, y, x + size, y + size), random)
    canvas += random.randint(-4, 5, size=(side, side, 1))
    return np.clip(canvas, 0, 255).astype(np.uint8), kind


def draw_turned(height: int, width: int, seed: int) -> tuple[Uint8, tuple[Turned, ...]]:
    """Draw a few bars and ellipses at all angles; return the picture and what is in it."""
    random = np.random.RandomState(seed)
    canvas = _background(height, width, random)
    shapes: list[Turned] = []
    for _ in range(20):
        longer = random.uniform(0.25, 0.5) * min(height, width)
        shape = Turned(
            int(random.randint(len(TURNED_KINDS))), random.uniform(longer / 2, width - longer / 2),
            random.uniform(longer / 2, height - longer / 2), longer, longer / random.uniform(1.8, 3.5),
            random.uniform(-np.pi / 4, 3 * np.pi / 4),
        )  # fmt: skip
        far = all(np.hypot(shape.cx - o.cx, shape.cy - o.cy) > (shape.w + o.w) * 0.42 for o in shapes)
        if far and len(shapes) < 5:
            body = random.randint(0, 256, size=3)
            rim = np.clip(body + (-90 if body.sum() > 381 else 90), 0, 255)
            for inset, colour in ((0.0, rim), (max(shape.h / 8, 1), body)):
                share = _turned_coverage(height, width, shape, inset)[..., None]
                canvas[...] = (canvas * (SUBPIXELS**2 - share) + colour * share) // SUBPIXELS**2
            shapes.append(shape)
    canvas += random.randint(-4, 5, size=(height, width, 1))
    return np.clip(canvas, 0, 255).astype(np.uint8), tuple(shapes)


def _turned_coverage(height: int, width: int, shape: Turned, inset: float) -> Int64:
    """Return [height, width]: how many of a pixel's subpixels lie in the shape, `inset` pixels smaller."""
    y, x = ((np.arange(side * SUBPIXELS) + 0.5) / SUBPIXELS for side in (height, width))
    right, down = x[None, :] - shape.cx, y[:, None] - shape.cy
    cos, sin = np.cos(shape.angle), np.sin(shape.angle)
    along = np.abs(right * cos + down * sin) / (shape.w / 2 - inset)
    across = np.abs(down * cos - right * sin) / (shape.h / 2 - inset)
    bar = TURNED_KINDS[shape.kind] == "bar"
    inside = (along <= 1) & (across <= 1) if bar else along**2 + across**2 <= 1
    blocks: Int64 = inside.reshape(height, SUBPIXELS, width, SUBPIXELS).sum(axis=(1, 3))
    return blocks


__all__ = [
    "KINDS",
    "MAP_NAMES",
    "POINTS",
    "TURNED_KINDS",
    "Turned",
    "class_map",
    "depth_map",
    "draw_one",
    "draw_scene",
    "draw_turned",
    "instances",
    "points_of",
]
