"""Values of cells, looked up by cell index: level by level, row by row."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import edgegen.tasks.extras as sound
from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import STRIDES, HeadCase


def check_at_cells(levels: Any, seed: int) -> None:
    """Read the cells' values one by one."""
    case = HeadCase(seed, channels=3)
    index = case.index()
    maps = case.outputs[2::3]
    wanted = [[float(value) for value in case.joined(2)[0, :, cell]] for cell in index]
    np.testing.assert_array_equal(
        levels.at_cells(maps, index), np.array(wanted, dtype=np.float32).reshape(-1, 3)
    )


def check_centres(levels: Any, seed: int) -> None:
    """Compare with Ultralytics' anchor points."""
    import torch
    from ultralytics.utils.tal import make_anchors

    case = HeadCase(seed, channels=1)
    index = case.index()
    maps = case.outputs[::3]
    anchors, strides = make_anchors([torch.from_numpy(level) for level in maps], torch.tensor(STRIDES), 0.5)
    centre, stride = levels.centres(maps, STRIDES, index)
    np.testing.assert_array_equal(centre, anchors.numpy()[index])
    np.testing.assert_array_equal(stride, strides.numpy()[index, 0])


CHECKS: Final = (check_at_cells, check_centres)


@pytest.mark.parametrize("check", CHECKS)
def test_level_lookup_equals_ultralytics(check: Any) -> None:
    """Uses 1,000 random heads, with cells of both levels or of none."""
    for seed in range(1000):
        check(sound, seed)


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_at_cells, r"\(index >= first\)", "(index > first)"),
        (check_at_cells, r"index < first \+", "index <= first +"),
        (check_at_cells, r"first \+= size", "first += level.shape[3]"),
        (check_centres, r"\+ 0\.5", "+ 0.4"),
        (check_centres, r"\[column, row\]", "[row, column]"),
        (check_centres, r"cells, level\.shape\[3\]", "cells, level.shape[2]"),
        (check_centres, r"stride\[here\] = pixels", "stride[here] = 8"),
    ],
)
def test_comparison_fails_for_a_mutated_level_lookup(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=60)
