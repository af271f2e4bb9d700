"""Comparisons of outputs: rows of `detections` in near ties may change places; distances beyond the input."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgegen.model.spec import OutputSpec
from edgegen.tasks.detect.result import compare_outputs

COUNT = 12


def rows() -> Any:
    """Return [COUNT, 6] by falling score; rows 4 and 5, and the last two, are nearly tied."""
    random = np.random.RandomState(6)
    table = np.zeros((COUNT, 6), dtype=np.float32)
    table[:, :2] = random.uniform(0, 60, (COUNT, 2))
    table[:, 2:4] = table[:, :2] + random.uniform(5, 60, (COUNT, 2))
    table[:, 4] = np.linspace(0.9, 0.2, COUNT)
    table[5, 4], table[-1, 4] = table[4, 4] - 1e-5, table[-2, 4] - 1e-5
    table[:, 5] = np.arange(COUNT) % 3
    return table


def passes(change: Callable[[Any], Any]) -> bool:
    """Return whether changed rows pass as a program's."""
    ours, theirs = rows(), rows()
    ours = ours if (changed := change(ours)) is None else changed
    stages = compare_outputs([ours[None]], [theirs[None]], OutputSpec("detections", (theirs[None].shape,)))
    assert [stage.name for stage in stages] == ["pte", "pte boxes"]
    return all(stage.passed for stage in stages)


def moved(place: int, column: int, difference: float) -> Callable[[Any], None]:
    def change(table: Any) -> None:
        table[place, column] += np.float32(difference)

    return change


def exchanged(first: int, second: int) -> Callable[[Any], Any]:
    def change(table: Any) -> Any:
        order = list(range(COUNT))
        order[first], order[second] = second, first
        return table[order]

    return change


def replaced_last(score: float) -> Callable[[Any], None]:
    """Return a change to another box in the last row."""

    def change(table: Any) -> None:
        table[-1] = (1, 2, 80, 90, score, 2)

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table,
        exchanged(4, 5),
        exchanged(COUNT - 2, COUNT - 1),
        moved(3, 4, 0.004),
        moved(3, 0, 0.4),
        replaced_last(0.26363),
    ],
)
def test_rounding_and_changed_places_of_near_ties_pass(change: Callable[[Any], Any]) -> None:
    assert passes(change)


@pytest.mark.parametrize(
    "change",
    [
        exchanged(0, 1),
        exchanged(4, 6),
        moved(3, 4, 0.006),
        moved(3, 4, np.nan),
        moved(3, 0, 0.6),
        moved(3, 2, np.nan),
        moved(3, 5, 1),
        replaced_last(0.4),
        lambda table: table * 0,
    ],
)
def test_every_other_difference_fails(change: Callable[[Any], Any]) -> None:
    assert passes(change) is False


def test_row_is_the_partner_of_one_row_only() -> None:
    """A box that the program gives twice, instead of another one, is a difference."""

    def twice(table: Any) -> None:
        table[5] = table[4]

    assert passes(twice) is False


@pytest.mark.parametrize(
    ("distance", "difference", "is_same"),
    [(3.0, 0.02, False), (-3.0, 0.02, False), (15.0, 0.02, False), (4e7, 1280, True), (-4e7, 1280, True)],
)
def test_distances_beyond_the_input_may_differ_by_more_than_the_tolerance(
    distance: float, difference: float, is_same: bool
) -> None:
    """They belong to boxes that are cut at the picture. The level has 8 x 8 cells."""
    theirs = [np.full((1, 4, 8, 8), distance, np.float32), np.zeros((1, 1, 8, 8), np.float32)]
    ours = [theirs[0] + np.float32(difference), theirs[1]]
    output = OutputSpec("raw", tuple(each.shape for each in theirs), 1, (8,))
    (stage,) = compare_outputs(ours, theirs, output)
    assert stage.passed == is_same
