"""Antialiased resizing in numpy against Pillow, to the bit; and mutated copies, which must fail."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import edgegen.reference.pillow_resize as sound
from tests.helpers.mutating import expect_failure, mutant
from tests.helpers.pillow import ACROSS_FIRST, picture

Uint8 = npt.NDArray[np.uint8]
FILTERS: Final = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
SIDES: Final = (1, 2, 3, 5, 8, 13, 30, 47, 64, 99)


def vertical_first(height: int, width: int, tall: int, wide: int) -> bool:
    """Return whether Pillow 13 resizes this picture vertically first. Older ones never do."""
    return tall < height and height - tall > 2 * (width - wide)


def check(resize: Any, seed: int) -> None:
    """Compare a random picture at a random size, and a part of it, with Pillow."""
    random = np.random.default_rng(seed)
    height, width, tall, wide = (int(side) for side in random.choice(SIDES, 4) + random.integers(0, 3, 4))
    if random.integers(10) == 0:
        tall, wide = (height, wide) if random.integers(2) else (tall, width)
    source = picture(random, height, width)
    if ACROSS_FIRST and vertical_first(height, width, tall, wide):
        return
    for name, number in FILTERS.items():
        theirs = np.asarray(Image.fromarray(source).resize((wide, tall), number))
        np.testing.assert_array_equal(resize.resize(source, tall, wide, name), theirs)
        top, left = int(random.integers(tall)), int(random.integers(wide))
        rows, columns = range(top, min(top + 5, tall)), range(left, min(left + 7, wide))
        part = resize.resize(source, tall, wide, name, rows=rows, columns=columns)
        np.testing.assert_array_equal(part, theirs[top : rows.stop, left : columns.stop])


@pytest.mark.full
def test_resize_equals_pillow_in_every_bit() -> None:
    """2,500 pairs of sizes with both filters: smaller, larger, longer, or unchanged along one axis."""
    for seed in range(2500):
        check(sound, seed)


def test_resize_of_large_pictures_equals_pillow() -> None:
    """They have many small weights."""
    random = np.random.default_rng(1)
    for height, width, tall, wide in ((900, 1300, 224, 323), (1300, 90, 224, 64), (333, 2000, 32, 2048)):
        source = picture(random, height, width)
        if ACROSS_FIRST and vertical_first(height, width, tall, wide):
            continue
        theirs = np.asarray(Image.fromarray(source).resize((wide, tall), Image.Resampling.BILINEAR))
        np.testing.assert_array_equal(sound.resize(source, tall, wide), theirs)


@pytest.mark.skipif(ACROSS_FIRST, reason="this Pillow always resizes horizontally first")
def test_resize_order_of_the_axes_changes_like_pillows() -> None:
    """Pillow resizes vertically first if the picture loses more than twice as many rows as columns."""
    random = np.random.default_rng(2)
    for rows_lost in (39, 40, 41):
        source = np.where(random.random((99, 60, 3)) < 0.5, 0, 255).astype(np.uint8)
        for name, number in FILTERS.items():
            theirs = np.asarray(Image.fromarray(source).resize((40, 99 - rows_lost), number))
            np.testing.assert_array_equal(sound.resize(source, 99 - rows_lost, 40, name), theirs)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"WEIGHT_BITS: Final = 22", "WEIGHT_BITS: Final = 12"),
        (r"SHARPNESS: Final = -0\.5", "SHARPNESS: Final = -0.75"),
        (r"np\.maximum\(1\.0 - np\.abs", "np.maximum(0.99 - np.abs"),
        (r"\(a \+ 3\.0\)", "(a + 2.9)"),
        (r"- 5\) \* x \+ 8", "- 5) * x + 7.9"),
        (r"x < 1, near", "x < 0.9, near"),
        (r"x < 2, far", "x < 1.9, far"),
        (r'\(_bilinear, 1\.0\)', "(_bilinear, 0.5)"),
        (r'\(_bicubic, 2\.0\)', "(_bicubic, 1.0)"),
        (r"max\(scale, 1\.0\)", "max(scale, 0.5)"),
        (r"stop\) \+ 0\.5\)", "stop) + 0.4)"),
        (r"centre - reach \+ 0\.5\)", "centre - reach + 1.5)"),
        (r"centre \+ reach \+ 0\.5\)", "centre + reach - 0.5)"),
        (r"centre\[:, None\] \+ 0\.5\)", "centre[:, None])"),
        (r"fixed < 0, -0\.5, 0\.5", "fixed < 0, 0, 0"),
        (r"fixed < 0, -0\.5, 0\.5", "fixed < 0, 0.5, 0.5"),
        (r"half = 1 << \(WEIGHT_BITS - 1\)", "half = 0"),
        pytest.param(
            r"> 2 \* \(source_width", "> 3 * (source_width",
            marks=pytest.mark.skipif(ACROSS_FIRST, reason="this Pillow always resizes horizontally first"),
        ),
        (r"> 2 \* \(source_width", ">= 2 * (source_width"),
        (r"height < source_height and ", ""),
        (r"WEIGHT_BITS, 0, 255\)", "WEIGHT_BITS, 1, 255)"),
        (r"WEIGHT_BITS, 0, 255\)", "WEIGHT_BITS, 0, 254)"),
        (r"first - above, counts", "first, counts"),
    ],
)  # fmt: skip
def test_comparison_fails_for_a_mutated_resize(tmp_path: Path, pattern: str, replacement: str) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=600)
