"""Outlines in numpy against OpenCV, their joined line against Ultralytics; and mutated copies."""

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import edgegen.reference.contour as sound
from tests.helpers.mutating import expect_failure, mutant

Uint8 = npt.NDArray[np.uint8]


def noise(seed: int) -> Uint8:
    """Return a small bitmap with holes, regions in holes, touching corners, single pixels, or no pixels."""
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 15, size=2)
    share = random.choice([0.05, 0.3, 0.5, 0.7, 0.9, 1])
    return (random.random((height, width)) < share).astype(np.uint8)


def blobs(seed: int) -> Uint8:
    """Return a larger bitmap of rounder regions, similar to masks."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(1, 90, size=2))
    coarse = random.random(tuple(random.integers(1, 12, size=2))).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return (field < random.choice([0.1, 0.3, 0.5, 0.7, 0.9])).astype(np.uint8)


def check_contours(contour: Any, seed: int, draw: Any = noise) -> int:
    """Compare every border, its points and their order with OpenCV's; return the number of borders."""
    bitmap = draw(seed)
    theirs, _ = cv2.findContours(bitmap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    ours = contour.external_contours(bitmap)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other.reshape(-1, 2))
    return len(ours)


def check_joined(contour: Any, seed: int) -> None:
    """Compare the line through all regions with Ultralytics' `masks2segments`."""
    from ultralytics.utils.ops import masks2segments

    bitmap = (noise, blobs)[seed % 2](seed)
    (theirs,) = masks2segments(bitmap[None])
    np.testing.assert_array_equal(contour.joined(contour.external_contours(bitmap)), theirs)


@pytest.mark.parametrize(("draw", "cases"), [(noise, 4000), (blobs, 1000)])
def test_contours_equal_opencv(draw: Any, cases: int) -> None:
    """Thousands of bitmaps, with none, one and many regions."""
    counts = [check_contours(sound, seed, draw) for seed in range(cases)]
    assert min(counts) == 0
    assert max(counts) > 10
    assert sum(count > 1 for count in counts) > cases / 4


def test_joined_contours_equal_ultralytics() -> None:
    """2,000 bitmaps; regions are joined at the same points."""
    for seed in range(2000):
        check_joined(sound, seed)


@pytest.mark.parametrize("whole", [np.uint8(255), True, np.float32(0.5)])
def test_contours_treat_every_nonzero_value_as_a_pixel(whole: Any) -> None:
    """For any type of bitmap. A square gives its four corners, counter-clockwise on the screen."""
    bitmap = np.zeros((9, 9), dtype=np.asarray(whole).dtype)
    bitmap[2:7, 3:8] = whole
    (border,) = sound.external_contours(bitmap)
    assert border.tolist() == [[3, 2], [3, 6], [7, 6], [7, 2]]
    assert (bitmap != 0).sum() == 25  # the given bitmap is unchanged


def test_contours_of_an_empty_bitmap_are_empty() -> None:
    assert sound.external_contours(np.zeros((3, 4), dtype=np.bool_)) == []
    assert sound.joined([]).shape == (0, 2)


MUTATIONS: Final = (
    (check_contours, r"RIGHT: Final = 0", "RIGHT: Final = 1"),
    (check_contours, r"LEFT: Final = 4", "LEFT: Final = 5"),
    (check_contours, r"NEIGHBOURS: Final = (.*)\n", r"NEIGHBOURS: Final = tuple((x, -y) for x, y in \1)\n"),
    (check_contours, r"= RIGHT_END\n            step", "= BORDER\n            step"),
    (check_contours, r"return found\[::-1\]", "return found"),
    (check_contours, r"and not _enclosed\(pixels\[y, :x\]\)", ""),
    (check_contours, r"crossed\[-1\]\] == BORDER", "crossed[-1]] >= BORDER"),
    (check_contours, r"pixels\[y, x\] == INSIDE and", ""),
    (check_contours, r"\(heading \+ 5\) % 8", "(heading + 6) % 8"),
    (check_contours, r"if step != heading:", "if True:"),
    (check_contours, r" and \(x, y\) == end", ""),
    (check_contours, r"\(last - 1\) % 8", "(last + 1) % 8"),
    (check_contours, r"int\(y\)\) - 1", "int(y))"),
    (check_joined, r"leave < enter", "leave <= enter"),
    (check_joined, r"leave < enter", "leave > enter"),
    (check_joined, r"len\(contour\) - 1 - enter", "len(contour) - enter"),
    (check_joined, r"back\[::-1\]", "back"),
    (check_joined, r"leave - enter \+ 1", "leave - enter"),
    (check_joined, r": first \+ 1\]", ": first]"),
    (check_joined, r"ties\[place\]\[0\]", "ties[place][1]"),
    (check_joined, r"len\(contours\) < 2", "len(contours) < 3"),
    (check_joined, r"\*\* 2", "** 1"),
)


@pytest.mark.parametrize(("check", "pattern", "replacement"), MUTATIONS)
def test_comparison_fails_for_a_mutated_contour(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=200)
