"""Contours and polygons of bitmaps, against OpenCV and Ultralytics."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.cpp.native_tasks import Tasks

pytestmark = pytest.mark.proof("core")

Bitmap = npt.NDArray[np.uint8]


def random_bitmap(random: np.random.Generator) -> Bitmap:
    """Return single pixels, or blobs of any size, with holes and with blobs in the holes."""
    height, width = (int(side) for side in random.integers(1, 40, 2))
    if random.integers(4) == 0:
        return (random.random((height, width)) < random.random()).astype(np.uint8)
    hills = cv2.GaussianBlur(random.normal(size=(height, width)), (0, 0), float(random.uniform(0.5, 4)))
    return (hills > np.quantile(hills, random.uniform(0.1, 0.9))).astype(np.uint8)


def check_contours(tasks: Tasks, seed: int, cases: int) -> int:
    """Compare all contours in order, point by point; return the number of points."""
    random = np.random.default_rng(seed)
    points = 0
    for _ in range(cases):
        bitmap = random_bitmap(random)
        theirs = cv2.findContours(bitmap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
        *ours, _joined = tasks.contours(bitmap)
        assert [len(contour) for contour in ours] == [len(contour) for contour in theirs]
        for mine, right in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine, right.reshape(-1, 2))
            points += len(mine)
    return points


def check_joined(tasks: Tasks, seed: int, cases: int) -> int:
    """Compare joined contours with the polygons of Ultralytics; return how many bitmaps had several."""
    from ultralytics.data.converter import merge_multi_segment

    random = np.random.default_rng(seed)
    several = 0
    for _ in range(cases):
        *parts, joined = tasks.contours(random_bitmap(random))
        if len(parts) > 1:
            parts = merge_multi_segment([part.copy() for part in parts])
            several += 1
        np.testing.assert_array_equal(joined, np.concatenate([*parts, np.zeros((0, 2), np.int32)]))
    return several


@pytest.mark.parametrize("seed", range(3))
def test_contours_equal_those_of_opencv(tasks: Tasks, seed: int) -> None:
    """Compares 3,000 random bitmaps."""
    assert check_contours(tasks, seed, 1000) > 20_000


def test_polygons_equal_those_of_ultralytics(tasks: Tasks) -> None:
    """Compares 2,000 random bitmaps."""
    assert check_joined(tasks, 7, 2000) > 500


def test_empty_bitmap_has_no_contour(tasks: Tasks) -> None:
    """It has no polygon either."""
    assert [len(part) for part in tasks.contours(np.zeros((5, 7), np.uint8))] == [0]
