"""Tests of the bridge with every pixel layout: each gives the result of upright RGB, bit for bit."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgegen.reference import nv12_to_rgb, turn_upright
from tests.ios.bridge.calls import (
    ENCODINGS,
    FORMATS,
    Bridge,
    Call,
    Uint8,
    biplanar,
    drawn,
    packed,
    same,
    thresholds,
    to_nv12,
)

pytestmark = pytest.mark.full

ORIENTATIONS = range(1, 9)
SIZES = ((0, 0), (1, 0), (0, 1), (1, 1))  # rows and columns to cut off, for all combinations of even and odd


def pictures() -> Iterator[Uint8]:
    """Yield the same picture with even and odd sizes."""
    for rows, columns in SIZES:
        rgb = drawn()
        yield np.ascontiguousarray(rgb[: rgb.shape[0] - rows, : rgb.shape[1] - columns])


def hold(bridge: Bridge, pairs: list[tuple[Call, Call]]) -> None:
    """Check that each first call gives the same detections as its second one."""
    answers = bridge.detect(*(call for pair in pairs for call in pair))
    for pair, ours, theirs in zip(pairs, answers[::2], answers[1::2], strict=True):
        assert same(ours, theirs), pair[0]
        assert len(theirs["detections"]) > 2


@pytest.mark.parametrize("name", FORMATS)
def test_packed_pixels_give_the_result_of_upright_rgb_in_every_orientation(
    sanitized: Bridge, tmp_path: Path, name: str
) -> None:
    """BGRA, RGBA and RGB, with and without padding, with even and odd sizes."""
    pairs = []
    for padding, rgb in zip((0, 1, 64, 4), pictures(), strict=True):
        for orientation in ORIENTATIONS:
            ours = packed(tmp_path, rgb, name, orientation=orientation, padding=padding)
            pairs.append((ours, packed(tmp_path, turn_upright(rgb, orientation))))
    hold(sanitized, pairs)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_two_planes_give_the_result_of_upright_rgb_in_every_orientation(
    sanitized: Bridge, tmp_path: Path, encoding: str
) -> None:
    """The RGB picture is that of the documented conversion. Each plane has another padding."""
    pairs = []
    for padding, rgb in zip(((0, 0), (5, 0), (0, 6), (64, 32)), pictures(), strict=True):
        luma, chroma = to_nv12(rgb, encoding)
        converted = nv12_to_rgb(luma, chroma, encoding)
        for orientation in ORIENTATIONS:
            ours = biplanar(tmp_path, luma, chroma, encoding, orientation=orientation, padding=padding)
            pairs.append((ours, packed(tmp_path, turn_upright(converted, orientation))))
    hold(sanitized, pairs)


def test_detect_again_with_other_thresholds_equals_a_new_detection(sanitized: Bridge, tmp_path: Path) -> None:
    """Before the first picture, it is an error."""
    picture, again = packed(tmp_path, drawn()), {"call": "detect_again"}
    few, many = thresholds(0.9), thresholds(0.05)
    answers = sanitized.run(sanitized.load(), again, few, picture, many, again, picture, few, again)
    assert "needs a picture" in answers[1]["error"]["description"]
    first, (more, whole, fewer) = answers[3], (answers[5], answers[6], answers[8])
    assert same(more, whole)
    assert same(fewer, first)
    assert len(more["detections"]) > len(first["detections"]) > 0
    assert more["milliseconds"][:2] == first["milliseconds"][:2]  # both are those of the one inference


def test_sizes_and_boxes_are_those_of_the_upright_picture(sanitized: Bridge, tmp_path: Path) -> None:
    """Orientations 5 to 8 exchange width and height."""
    rgb = drawn()
    height, width = rgb.shape[:2]
    assert width != height
    calls = [packed(tmp_path, rgb, orientation=each) for each in ORIENTATIONS]
    for orientation, answer in zip(ORIENTATIONS, sanitized.detect(*calls, confidence=0.001), strict=True):
        upright = (width, height) if orientation < 5 else (height, width)
        assert (answer["width"], answer["height"]) == upright
        for found in answer["detections"]:
            left, top, right, bottom = found["box"]
            assert 0 <= left <= right <= upright[0]
            assert 0 <= top <= bottom <= upright[1]
            assert 0.001 < found["score"] <= 1
            assert found["class_id"] in {0, 1, 2}


def test_detect_accepts_pictures_of_one_pixel_row_or_column(sanitized: Bridge, tmp_path: Path) -> None:
    """In all orientations. The sanitizers check each read."""
    rgb = drawn()
    calls = []
    for small in (rgb[:1, :1], rgb[40:41], rgb[:, 60:61], rgb[:2, :3]):
        for orientation in ORIENTATIONS:
            calls += [packed(tmp_path, small, name, orientation=orientation) for name in FORMATS]
            luma, chroma = to_nv12(np.ascontiguousarray(small), "bt601_video")
            calls.append(biplanar(tmp_path, luma, chroma, "bt601_video", orientation=orientation))
    assert len(sanitized.detect(*calls)) == len(calls)


def test_each_threshold_filters_the_detections(sanitized: Bridge, tmp_path: Path) -> None:
    """Confidence, IoU, number of boxes, and class-agnostic NMS."""
    picture = packed(tmp_path, drawn())
    every = sanitized.detect(picture, confidence=0.001)[0]
    assert len(every["detections"]) > 5
    scores = [row["score"] for row in every["detections"]]
    assert scores == sorted(scores, reverse=True)

    higher = sanitized.detect(picture, confidence=0.3)[0]["detections"]
    assert [row["score"] for row in higher] == [score for score in scores if score > 0.3]
    assert sanitized.detect(picture, confidence=0.001, max_det=3)[0]["detections"] == every["detections"][:3]
    assert len(sanitized.detect(picture, confidence=0.001, iou=0.1)[0]["detections"]) < len(scores)
    assert len(sanitized.detect(picture, confidence=0.001, agnostic=True)[0]["detections"]) < len(scores)


def test_stage_times_are_not_negative(bridge: Bridge, tmp_path: Path) -> None:
    stages = bridge.detect(packed(tmp_path, drawn()))[0]["milliseconds"]
    assert min(stages) >= 0
    assert stages[1] > 0
