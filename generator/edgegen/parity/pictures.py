"""Draw pictures for golden vectors, in sizes whose rounding apps get wrong.

Drawing uses integers and a random stream that numpy has frozen (`RandomState`). A picture therefore has the
same bytes on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edgegen.base.arrays import Int32, Uint8
from edgegen.model.spec import LETTERBOX, LETTERBOX_TOP_LEFT
from edgegen.parity.picture_files import Picture
from edgegen.reference import plan_letterbox
from edgegen.reference.letterbox import plan_letterbox_top_left

KINDS = ("circle", "square", "triangle")
SUBPIXELS = 2  # samples a pixel in each direction: edges have SUBPIXELS**2 levels

NOMINAL_AREA = 28_000  # pixels of a drawn picture: 84 KB as raw RGB
LARGEST_AREA = 50_000
ELONGATION = 1.4  # side ratio of portrait and landscape pictures, relative to the model's input
HALF_NOMINAL = 120, 180  # height, width
SMALL_HEIGHT, SMALL_WIDTH = 23, 17


@dataclass(frozen=True)
class Shape:
    """A drawn shape: kind is an index into KINDS; x1 y1 x2 y2 are its edges in pixels."""

    kind: int
    x1: int
    y1: int
    x2: int
    y2: int


def drawn_pictures(input_hw: tuple[int, int], resize: str = LETTERBOX) -> tuple[Picture, ...]:
    """Draw the pictures for a model's input size (height, width).

    `portrait` and `landscape` need an odd number of padding pixels; with the resize LETTERBOX_TOP_LEFT they
    have a side that is one pixel longer if it is rounded and not cut. `half` has a side whose resized length
    ends in .5 and is rounded down to the even neighbour. `strip` is larger than the input. `small` has few,
    grey pixels.
    """
    # Inputs of 512 or 1024 need a side twice as long as others, so longer sides are searched too.
    half = _half_size_within(input_hw, 32, 320) or _half_size_within(input_hw, 8, 4096)
    strip_width = input_hw[1] * 13 // 10 + 1
    sizes = {
        "portrait": _elongated_size(input_hw, 0, resize),
        "landscape": _elongated_size(input_hw, 1, resize),
        "half": half or HALF_NOMINAL,
        "strip": (max(min(NOMINAL_AREA // strip_width, strip_width // 2), 8), strip_width),
    }
    pictures = [
        Picture(name, draw_scene(height, width, seed)[0])
        for seed, (name, (height, width)) in enumerate(sizes.items(), start=1)
    ]
    grey = draw_scene(SMALL_HEIGHT, SMALL_WIDTH, seed=5)[0][..., 1:2]
    return (*pictures, Picture("small", np.repeat(grey, 3, axis=2)))


def draw_scene(height: int, width: int, seed: int) -> tuple[Uint8, tuple[Shape, ...]]:
    """Draw sky, ground and a few shapes; return the picture [height, width, 3] and the shapes."""
    random = np.random.RandomState(seed)
    canvas = _background(height, width, random)
    shapes: list[Shape] = []
    for _ in range(int(random.randint(2, 6))):
        shape = _place(height, width, shapes, random)
        if shape is not None:
            _paint(canvas, shape, random)
            shapes.append(shape)
    canvas += random.randint(-4, 5, size=(height, width, 1))
    return np.clip(canvas, 0, 255).astype(np.uint8), tuple(shapes)


def _background(height: int, width: int, random: np.random.RandomState) -> Int32:
    """Return [height, width, 3]: ground, and a sky that brightens towards the horizon."""
    horizon = int(random.randint(height * 4 // 10, height * 8 // 10 + 1))
    sky, ground = random.randint(60, 200, size=3), random.randint(30, 170, size=3)
    rows = np.arange(height)[:, None]
    above = sky + rows * 55 // max(height, 1)
    below = ground - (rows - horizon) * 30 // max(height, 1)
    column = np.where(rows < horizon, above, below)
    canvas = np.repeat(column[:, None, :], width, axis=1).astype(np.int32)
    patch = max(min(height, width) // 12, 2)  # pixels
    grid = random.randint(-10, 11, size=(-(-height // patch), -(-width // patch), 1))
    canvas += np.repeat(np.repeat(grid, patch, axis=0), patch, axis=1)[:height, :width].astype(np.int32)
    return canvas


def _place(height: int, width: int, others: list[Shape], random: np.random.RandomState) -> Shape | None:
    """Choose a kind and a free place; None if a few attempts fail."""
    short = min(height, width)
    kind = int(random.randint(len(KINDS)))
    for _ in range(12):
        size = int(random.randint(max(short // 6, 3), max(short // 2, 4) + 1))
        if size >= short:
            continue
        x, y = int(random.randint(0, width - size + 1)), int(random.randint(0, height - size + 1))
        shape = Shape(kind, x, y, x + size, y + size)
        if all(_apart(shape, other) for other in others):
            return shape
    return None


def _apart(one: Shape, other: Shape) -> bool:
    """Return whether the overlap along one axis is less than an eighth of either side."""
    slack = min(one.x2 - one.x1, other.x2 - other.x1) // 8
    return (
        min(one.x2, other.x2) - max(one.x1, other.x1) <= slack
        or min(one.y2, other.y2) - max(one.y1, other.y1) <= slack
    )


def _paint(canvas: Int32, shape: Shape, random: np.random.RandomState) -> None:
    """Blend the shape into the canvas: a body that is lit from above, and a contrasting rim."""
    size = shape.x2 - shape.x1
    body = random.randint(0, 256, size=3)
    brightness = int(body.sum()) // 3
    rim = np.clip(body + (-90 if brightness > 127 else 90), 0, 255)
    window = canvas[shape.y1 : shape.y2, shape.x1 : shape.x2]
    lit = body + (size // 2 - np.arange(size)[:, None, None]) * 40 // size
    for inset, colour in ((0, rim), (max(size // 12, 1), lit)):
        share = _coverage(shape.kind, size, inset)[..., None]
        window[...] = (window * (SUBPIXELS**2 - share) + colour * share) // SUBPIXELS**2


def _coverage(kind: int, size: int, inset: int) -> Int32:
    """Return [size, size]: the number of each pixel's subpixels in the shape, shrunk by `inset` pixels."""
    fine = size * SUBPIXELS
    # Twice the distance from the centre, in subpixels: all numbers stay whole.
    axis = 2 * np.arange(fine) + 1 - fine
    x, y = axis[None, :], axis[:, None]
    reach = fine - 2 * inset * SUBPIXELS
    if KINDS[kind] == "circle":
        inside = x * x + y * y <= reach * reach
    elif KINDS[kind] == "square":
        inside = (np.abs(x) <= reach) & (np.abs(y) <= reach)
    else:  # apex up: the half width grows from 0 at the top to the full reach at the bottom
        inside = (2 * np.abs(x) <= y + reach - inset * SUBPIXELS) & (y <= reach)
    blocks = inside.reshape(size, SUBPIXELS, size, SUBPIXELS)
    coverage: Int32 = blocks.sum(axis=(1, 3)).astype(np.int32)
    return coverage


def _elongated_size(input_hw: tuple[int, int], longer: int, resize: str) -> tuple[int, int]:
    """Return the nearest size on which the resize's rounding shows. longer: the axis of its longer side."""
    aspect = ELONGATION * max(1.0, input_hw[longer] / input_hw[1 - longer])
    shorter = int((NOMINAL_AREA / aspect) ** 0.5)
    nominal = (shorter, int(shorter * aspect)) if longer else (int(shorter * aspect), shorter)
    for size in _around(nominal):
        plans = plan_letterbox(size, input_hw), plan_letterbox_top_left(size, input_hw)
        rounded, cut = ((plan.resized_height, plan.resized_width)[1 - longer] for plan in plans)
        is_odd = (input_hw[1 - longer] - rounded) % 2 == 1
        if rounded != cut if resize == LETTERBOX_TOP_LEFT else is_odd:
            return size
    return nominal


def _around(nominal: tuple[int, int], reach: int = 24) -> Iterator[tuple[int, int]]:
    for distance in range(reach):
        for down in range(distance + 1):
            yield max(nominal[0] + down, 1), max(nominal[1] + distance - down, 1)


def _half_size_within(input_hw: tuple[int, int], shortest: int, longest: int) -> tuple[int, int] | None:
    """Return the size nearest to 120 x 180 with a resized side of k + 0.5 pixels, where k is even.

    Rounding half to even goes down there; most languages round up.
    """
    best: tuple[float, tuple[int, int]] | None = None
    for height in range(shortest, longest + 1):
        width = np.arange(shortest, min(longest, LARGEST_AREA // height) + 1)
        ratio = np.minimum(input_hw[0] / height, input_hw[1] / width)
        width = width[(width * ratio % 2 == 0.5) | (height * ratio % 2 == 0.5)]
        if width.size:
            cost = np.abs(np.log(width / HALF_NOMINAL[1])) + abs(np.log(height / HALF_NOMINAL[0]))
            cheapest = int(cost.argmin())
            found = float(cost[cheapest]), (height, int(width[cheapest]))
            best = min(best or found, found)
    return best[1] if best else None
