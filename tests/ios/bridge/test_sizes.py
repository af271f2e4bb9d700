"""Tests of the bridge with pictures of one pixel and of 12000 x 9000, for each task."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.ios.bridge.calls import Bridge, BridgeOf, Call, biplanar, drawn, packed, thresholds, to_nv12

pytestmark = pytest.mark.full

TASKS = ("pose", "obb", "segment", "classify", "semantic", "depth")
SMALL = (90, 120)
# A map is as large as its picture, and the app first reduces pictures above 50 megapixels (PhotoSize).
TIMES = {"semantic": 60, "depth": 60}
MOST_TIMES = 100
BOXES = {"pose", "obb", "segment"}
SURE = 0.6
NEAR = (0.05, 0.1)  # relative and absolute: the small picture is smoother between its pixels


def found(bridge: Bridge, picture: Call) -> dict[str, Any]:
    """Return the bridge's answer; for a map only its digest."""
    *_, answer = bridge.run(bridge.load(), thresholds(0.05), {**picture, "brief": True})
    assert "error" not in answer, answer
    return dict(answer)


def numbers_of(task: str, answer: dict[str, Any]) -> list[list[float]]:
    """Return the numbers of each result that do not depend on the picture's size, best first."""
    rows = answer["detections"]
    if task == "classify":
        return [[row["class_id"], row["score"]] for row in rows]
    if task == "semantic":
        return [[one["class_id"], one["share"]] for one in rows[0]["classes"]]
    if task == "depth":
        return [[rows[0]["min"], rows[0]["max"]]]
    size = np.array([answer["width"], answer["height"]] * 2)
    return [[row["class_id"], row["score"], *(np.array(row["box"]) / size)] for row in rows]


def places_of(task: str, answer: dict[str, Any]) -> list[list[float]]:
    """Return x and y of all points that must be within the picture."""
    rows = answer["detections"] if task in {"pose", "segment"} else []
    corners = [row["box"][k : k + 2] for row in rows for k in (0, 2)]
    return corners + [point[:2] for row in rows for point in row.get("keypoints", [])]


@pytest.mark.parametrize("task", TASKS)
def test_detect_in_a_picture_of_one_pixel_returns_finite_values_within_it(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Stored as packed pixels, and as two planes."""
    pixel = np.full((1, 1), 99, np.uint8), np.full((1, 1, 2), 77, np.uint8)
    for picture in (
        packed(tmp_path, np.full((1, 1, 3), 99, np.uint8)),
        biplanar(tmp_path, *pixel, "bt601_full"),
    ):
        answer = found(bridge_of(task), picture)
        assert (answer["width"], answer["height"]) == (1, 1)
        assert all(np.isfinite(row).all() for row in numbers_of(task, answer))
        assert all(0 <= value <= 1 for place in places_of(task, answer) for value in place)


@pytest.mark.parametrize("task", TASKS)
def test_detect_in_a_huge_picture_finds_the_same_as_in_the_small_one(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Of two planes, as from a camera. The small picture has a hundredth of the width and height."""
    half = drawn()[::2, ::2]
    rows, columns = (np.arange(to) * there // to for to, there in zip(SMALL, half.shape[:2], strict=True))
    rgb = np.ascontiguousarray(half[rows][:, columns])
    luma, chroma = to_nv12(rgb, "bt601_full")
    times = TIMES.get(task, MOST_TIMES)
    large = [np.repeat(np.repeat(plane, times, axis=0), times, axis=1) for plane in (luma, chroma)]
    answer = found(bridge_of(task), biplanar(tmp_path, large[0], large[1], "bt601_full"))
    small = found(bridge_of(task), biplanar(tmp_path, luma, chroma, "bt601_full"))
    assert (answer["width"], answer["height"]) == (SMALL[1] * times, SMALL[0] * times)
    sure = [row for row in numbers_of(task, answer) if task not in BOXES or row[1] > SURE]
    there = numbers_of(task, small)
    assert sure
    assert not [row for row in sure if not any(np.allclose(row, one, *NEAR) for one in there)], (sure, there)
    assert all(0 <= x <= answer["width"] and 0 <= y <= answer["height"] for x, y in places_of(task, answer))
