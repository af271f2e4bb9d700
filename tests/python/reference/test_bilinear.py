"""Bilinear resizing in numpy against torch's interpolate; and mutated copies, which must fail."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegen.reference.bilinear as sound
from tests.helpers.mutating import expect_failure, mutant


def check(bilinear: Any, seed: int) -> None:
    """Compare a random plane, made larger or smaller, with torch, with and without aligned corners."""
    import torch
    from torch.nn.functional import interpolate

    random = np.random.default_rng(seed)
    height, width, tall, wide = (int(side) for side in random.choice([1, 2, 3, 7, 20, 41, 64], size=4))
    corners = bool(random.integers(2))
    planes = random.normal(0, 5, (2, height, width)).astype(np.float32)
    theirs = interpolate(
        torch.from_numpy(planes)[None], (tall, wide), mode="bilinear", align_corners=corners
    )[0].numpy()
    ours = bilinear.resize(planes, tall, wide, align_corners=corners)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)  # the last bit of a position, times a slope
    rows, columns = (bilinear.taps(*axis, align_corners=corners) for axis in ((height, tall), (width, wide)))
    part = bilinear.sample(planes, rows.part(1, tall), columns.part(0, wide // 2))
    np.testing.assert_array_equal(part, ours[:, 1:tall, : wide // 2])


def test_bilinear_resize_equals_torch() -> None:
    """2,000 pairs of sizes, including a single pixel, and parts of the result."""
    for seed in range(2000):
        check(sound, seed)


def test_bilinear_resize_to_the_same_size_changes_no_bit() -> None:
    planes = np.random.default_rng(0).normal(0, 5, (3, 20, 31)).astype(np.float32)
    for corners in (False, True):
        np.testing.assert_array_equal(sound.resize(planes, 20, 31, align_corners=corners), planes)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"half = np\.float32\(0\.5\)", "half = np.float32(0.49)"),
        (r"\(source - 1\) / \(target - 1\)", "source / target"),
        (r"- half, np\.float32\(0\)\)", "- half, np.float32(0.3))"),
        (r"position\.astype\(np\.int64\), source - 1", "position.astype(np.int64), source - 3"),
        (r"lower \+ 1, source - 1", "lower, source - 1"),
        (r"\(one - columns\.weight\)", "columns.weight"),
        (r"across\(rows\.upper\)", "across(rows.lower)"),
        (r"self\.weight\[first:last\]", "self.weight[: last - first]"),
        (r"lines\[\.\.\., columns\.upper\]", "lines[..., columns.lower]"),
    ],
)
def test_comparison_fails_for_a_mutated_bilinear_resize(
    tmp_path: Path, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=100)
