"""What is followed trembles less when it is smoothed, and is late by little."""

import numpy as np
import pytest

from edgegen.reference import smoothing
from edgegen.reference.smoothing import Smoothing

RATE, SIZE = 30, 100.0  # frames a second; pixels of the box


def shown(places: np.ndarray, noise: float = 0.0, rate: float = RATE) -> np.ndarray:
    """Return where a box is shown whose centre's x is at these places."""
    random, filtering = np.random.RandomState(1), Smoothing()
    boxes = np.stack([places, np.full_like(places, 200), *[np.full_like(places, SIZE)] * 2], 1)
    boxes += random.normal(0, noise, boxes.shape)
    return np.stack([filtering.update([7], box[None], i / rate)[0][0] for i, box in enumerate(boxes)])


def test_what_stands_still_is_held_still() -> None:
    """Of a hundredth of its size, by which it trembles, a quarter is left from frame to frame."""
    found = shown(np.full(300, 300.0), noise=SIZE / 100)
    steps = np.diff(found[30:], axis=0).std(axis=0)
    assert (steps < SIZE / 100 * np.sqrt(2) / 4).all()
    assert found[30:].mean(axis=0) == pytest.approx([300, 200, SIZE, SIZE], abs=0.5)


@pytest.mark.parametrize("speed", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("rate", [10, 60])
def test_what_moves_is_late_by_less_than_a_fiftieth_of_its_size(speed: float, rate: int) -> None:
    """At any speed, in sizes a second; and never ahead."""
    places = 300 + speed * SIZE * np.arange(8 * rate) / rate
    late = (places - shown(places, rate=rate)[:, 0])[3 * rate :]
    assert (late > 0).all()
    assert late.max() < SIZE / 50


def test_near_and_far_things_are_smoothed_alike() -> None:
    """A box of ten times the size that moves ten times as far is shown ten times as far."""
    one, ten = Smoothing(), Smoothing()
    random = np.random.RandomState(2)
    for number in range(50):
        box = np.array([[300, 200, 50, 80]]) + random.normal(0, 3, (1, 4))
        small, large = (
            each.update([1], times * box, number / RATE)[0] for each, times in ((one, 1), (ten, 10))
        )
        assert large == pytest.approx(10 * small)


def test_what_was_gone_for_long_begins_anew() -> None:
    """Where it is found, not on the way there; sides that change places turn no box round."""
    filtering = Smoothing()
    at = np.array([[10.0, 10, 40, 20, 0.1]])
    filtering.update([1], at, 0.0)
    there = at + np.array([500, 500, 0, 0, 0])
    assert filtering.update([1], there, 5.0)[0].tolist() == there.tolist()
    turned = np.array([[510.0, 510, 20, 40, 0.1 + np.pi / 2]])
    assert filtering.update([1], turned, 5.03)[0].tolist() == turned.tolist()


def test_nothing_is_remembered_of_what_is_gone() -> None:
    """However many there were."""
    filtering = Smoothing()
    for number in range(500):
        filtering.update([number], np.array([[1.0, 1, 1, 1]]), float(number))
    assert len(filtering._things) <= 2


def test_numbers_that_are_none_pass_through() -> None:
    """And are forgotten: what comes after them is no worse."""
    filtering = Smoothing()
    fine, odd = np.array([[9.0, 9, 9, 9]]), np.array([[np.nan, 9, 9, 9]])
    filtering.update([1], fine, 0)
    assert np.isnan(filtering.update([1], odd, 0.1)[0][0, 0])
    assert filtering.update([1], fine + 50, 0.2)[0].tolist() == (fine + 50).tolist()


@pytest.mark.parametrize(
    ("name", "value"), [("CUTOFF", 2.0), ("CUTOFF_BY_SPEED", 5.0), ("SPEED_CUTOFF", 20.0), ("LONGEST", 9.0)]
)
def test_each_number_counts(name: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one is noticed by the tests above."""
    monkeypatch.setattr(smoothing, name, value)
    with pytest.raises(AssertionError):
        test_what_stands_still_is_held_still()
        for speed in (0.2, 1.0, 5.0):
            test_what_moves_is_late_by_less_than_a_fiftieth_of_its_size(speed, 60)
        test_what_was_gone_for_long_begins_anew()
