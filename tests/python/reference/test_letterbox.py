"""Letterboxes and points in numpy against Ultralytics and YOLOX; and mutated copies, which must fail."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import sizes

sound = import_module("edgegen.reference.letterbox")  # the package has a function of that name


def check_points(letterbox: Any, seed: int) -> None:
    """Compare points inside and outside the picture, for any two sizes, with `scale_coords`."""
    import torch
    from ultralytics.utils.ops import scale_coords

    picture, model_input = sizes(seed)
    points = np.random.default_rng(seed).uniform(-0.3, 1, (9, 3, 2)) * max(model_input) * 1.5
    points = points.astype(np.float32)
    ours = letterbox.points_to_picture(points, letterbox.plan_letterbox(picture, model_input))
    theirs = scale_coords(model_input, torch.from_numpy(points.copy()), picture).numpy()
    np.testing.assert_allclose(ours, theirs, rtol=2e-7, atol=0)


def test_points_in_the_picture_equal_ultralytics() -> None:
    for seed in range(1000):
        check_points(sound, seed)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"plan\.left, plan\.top\]", "plan.left + 1, plan.top]"),
        (r"plan\.left, plan\.top\]", "plan.top, plan.left]"),
        (r"plan\.gain_x, plan\.gain_y\]", "plan.gain_x, plan.gain_x]"),
        (r"gain, np\.float32\(0\), limit", "gain, np.float32(1), limit"),
        (r"plan\.source_width, plan\.source_height\]", "plan.source_width, plan.source_width]"),
    ],
)
def test_comparison_fails_for_a_mutated_mapping(tmp_path: Path, pattern: str, replacement: str) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check_points, broken, seeds=60, errors=AssertionError)


def check_top_left(letterbox: Any, seed: int) -> None:
    """Compare a picture at the top left of an input with `preproc` of YOLOX, and its boxes' way back."""
    from yolox.data.data_augment import preproc

    random = np.random.default_rng(seed)
    height, width, rows, columns = (int(side) for side in random.integers(1, 200, size=4))
    ratio = min(rows / height, columns / width)
    if min(int(height * ratio), int(width * ratio)) < 1:
        return  # YOLOX fails
    picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    theirs, their_ratio = preproc(picture, (rows, columns))
    plan = letterbox.plan_letterbox_top_left((height, width), (rows, columns))
    ours = letterbox.letterbox(picture, (rows, columns), 114, plan)
    np.testing.assert_array_equal(ours, theirs.transpose(1, 2, 0))
    points = random.uniform(-0.1, 1.1, (5, 3, 2)).astype(np.float32) * np.float32(max(rows, columns))
    expected = np.clip(points / np.float32(their_ratio), 0, np.array([width, height], np.float32))
    np.testing.assert_array_equal(letterbox.points_to_picture(points, plan), expected)


def test_picture_at_the_top_left_equals_yolox() -> None:
    """400 sizes of pictures and inputs, to the last bit."""
    for seed in range(400):
        check_top_left(sound, seed)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"max\(int\(source_height \* ratio\), 1\)", "max(round(source_height * ratio), 1)"),
        (r"max\(int\(source_width \* ratio\), 1\)", "max(round(source_width * ratio), 1)"),
        (r"left=0, top=0, ratio", "left=1, top=0, ratio"),
        (r"left=0, top=0, ratio", "left=0, top=1, ratio"),
        (r"left=0, top=0, ratio=ratio", "left=0, top=0"),
        (r"input_width / source_width\)\n    resized_hw", "input_width / source_height)\n    resized_hw"),
        (r"return self\.ratio or self\.resized_width", "return self.resized_width"),
        (r"return self\.ratio or self\.resized_height", "return self.resized_height"),
    ],
)
def test_comparison_fails_for_a_mutated_letterbox_at_the_top_left(
    tmp_path: Path, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check_top_left, broken, seeds=60, errors=(AssertionError, ValueError))


def test_thin_picture_at_the_top_left_keeps_one_pixel() -> None:
    """YOLOX fails on such a picture."""
    plan = sound.plan_letterbox_top_left((1, 3000), (64, 64))
    assert (plan.resized_height, plan.resized_width) == (1, 64)
