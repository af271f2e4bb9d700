"""Points in numpy mapped to the picture, against Ultralytics; and mutated copies, which must fail."""

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
