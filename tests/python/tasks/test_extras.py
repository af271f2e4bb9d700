"""Splitting outputs into detection's part and the extras of candidates; and mutated copies."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import edgegen.tasks.extras as sound
from edgegen.model.spec import Extras
from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import HeadCase

CONTRACTS: Final = ("raw", "end2end", "decoded", "detections")


def check_split(extras: Any, contract: str, seed: int) -> None:
    """Compare both parts, and the extras of single candidates, with slices of the outputs."""
    case, random = HeadCase(seed, channels=3), np.random.default_rng(seed)
    index, levels = case.index(), case.outputs
    if contract == "decoded":
        outputs = [random.random((1, 4 + case.classes + 3, case.cells)).astype(np.float32)]
        boxes, wanted = [outputs[0][:, : 4 + case.classes]], outputs[0][0, 4 + case.classes :].T
    elif contract == "detections":
        outputs = [random.random((1, case.cells, 6 + 3)).astype(np.float32)]
        boxes, wanted = [outputs[0][:, :, :6]], outputs[0][0, :, 6:]
    else:
        outputs = [*levels, np.zeros((1, 8, 5, 5), np.float32)]  # with prototypes
        boxes, wanted = [levels[0], levels[1], levels[3], levels[4]], case.joined(2)[0].numpy().T
    spec = case.spec(contract, Extras(3), outputs)
    for ours, theirs in zip(extras.box_outputs(outputs, spec), boxes, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [part.shape for part in boxes] == list(spec.without_extras().shapes)
    np.testing.assert_array_equal(extras.extras_at(outputs, spec, index), wanted[index])
    again = extras.with_extras(boxes, np.ascontiguousarray(wanted), spec)
    for ours, theirs in zip(again, outputs, strict=False):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_outputs_split_into_boxes_and_extras_and_join_again(contract: str) -> None:
    for seed in range(50):
        check_split(sound, contract, seed)


@pytest.mark.parametrize(
    ("contract", "pattern", "replacement"),
    [
        ("raw", r"place % 3 != 2", "place % 3 != 1"),
        ("end2end", r"\[2::3\]", "[1::3]"),
        ("raw", r"first \+= height", "first += width"),
        ("raw", r"in output\.level_tensors if", "in range(3) if"),
        ("decoded", r"outputs\[0\]\[:, :-channels\]", "outputs[0][:, : 1 - channels]"),
        ("decoded", r"outputs\[0\]\[:, -channels:\]", "outputs[0][:, -channels - 1 :]"),
        ("decoded", r"axis=1", "axis=2"),
        ("detections", r"outputs\[0\]\[:, :, :-channels\]", "outputs[0][:, :, :channels]"),
        ("detections", r"outputs\[0\]\[:, :, -channels:\]", "outputs[0][:, :, :channels]"),
        ("detections", r"axis=2", "axis=1"),
    ],
)
def test_comparison_fails_for_mutated_extras(
    tmp_path: Path, contract: str, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(lambda levels, seed: check_split(levels, contract, seed), broken, seeds=50)


@pytest.mark.parametrize("contract", ["raw", "detections"])
def test_detection_has_no_extras(contract: str) -> None:
    case = HeadCase(0, channels=0)
    outputs = [np.zeros((1, 300, 6), np.float32)] if contract == "detections" else case.outputs
    assert sound.extra_outputs(outputs, case.spec(contract, Extras(0), outputs)) == []
