"""Tests of masks in odd pictures, with the sanitizers."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from tests.ios.bridge.calls import Bridge, Call, biplanar, drawn, packed, thresholds

pytestmark = pytest.mark.full

COLORS = [[1, 0, 0], [0, 1, 0.5], [0.25, 0.5, 1]]


def pictures(folder: Path) -> list[Call]:
    """Return pictures of one pixel, one row, one column, 2 x 3 pixels, and a usual one."""
    noise = np.random.default_rng(3).integers(0, 256, (300, 300, 3), np.uint8)
    sizes = ((1, 1), (1, 300), (300, 1), (2, 3))
    pixel = np.full((1, 1), 99, np.uint8), np.full((1, 1, 2), 77, np.uint8)
    return [
        *(packed(folder, np.ascontiguousarray(noise[:height, :width]), "bgra") for height, width in sizes),
        biplanar(folder, *pixel, "bt601_full", orientation=6),
        packed(folder, drawn()),
    ]


def test_hundreds_of_masks_in_odd_pictures_are_within_their_bounds(
    sanitized_segment: Bridge, tmp_path: Path
) -> None:
    """Boxes and outlines are within the picture, parts within the bitmap. All masks are painted."""
    paint = {"call": "paint_last", "colors": COLORS, "output": str(tmp_path / "canvas")}
    after: tuple[Call, ...] = ({"call": "outlines"}, {"call": "detect_again", "brief": True}, paint)
    *small, last = ([{**each, "brief": True}, *after] for each in pictures(tmp_path))
    few, many = (thresholds(0, 1, count) for count in (20, 300))  # with an IoU of 1, NMS suppresses no box
    calls = [*chain.from_iterable(small), many, *last]
    _, _, *answers = sanitized_segment.run(sanitized_segment.load(), few, *calls)
    del answers[-len(last) - 1]
    counts = []
    for found, lines, again, canvas in zip(*(answers[k::4] for k in range(4)), strict=True):
        assert again["detections"] == found["detections"]
        assert canvas == {"width": 160, "height": 160}
        counts.append(len(lines))
        assert 0 < counts[-1] == len(found["detections"]) <= 300
        size = np.array([found["width"], found["height"]] * 2)
        for row, line in zip(found["detections"], lines, strict=True):
            left, top, width, height = row["mask"]["part"]
            assert min(left, top) >= 0
            assert max(left + width, top + height) <= 160
            for places in (np.array(row["box"]).reshape(-1, 2), np.array(line).reshape(-1, 2)):
                assert np.isfinite(places).all()
                assert (places >= 0).all()
                assert (places <= size[:2]).all()
    assert counts[-1] > 200
