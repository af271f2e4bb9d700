"""Smoothing of tracked boxes: less jitter, little lag."""

import numpy as np
import pytest

from edgegen.reference import smoothing
from edgegen.reference.smoothing import Smoothing

RATE, SIZE = 30, 100.0  # frames a second; pixels of the box


def shown(places: np.ndarray, noise: float = 0.0, rate: float = RATE) -> np.ndarray:
    """Return the smoothed box for these x positions of its centre."""
    random, filtering = np.random.RandomState(1), Smoothing()
    boxes = np.stack([places, np.full_like(places, 200), *[np.full_like(places, SIZE)] * 2], 1)
    boxes += random.normal(0, noise, boxes.shape)
    return np.stack([filtering.update([7], box[None], i / rate)[0][0] for i, box in enumerate(boxes)])


def test_smoothing_reduces_jitter_of_a_still_object_to_a_quarter() -> None:
    """The jitter is a hundredth of the object's size."""
    found = shown(np.full(300, 300.0), noise=SIZE / 100)
    steps = np.diff(found[30:], axis=0).std(axis=0)
    assert (steps < SIZE / 100 * np.sqrt(2) / 4).all()
    assert found[30:].mean(axis=0) == pytest.approx([300, 200, SIZE, SIZE], abs=0.5)


@pytest.mark.parametrize("speed", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("rate", [10, 60])
def test_smoothing_lags_a_moving_object_by_less_than_2_percent_of_its_size(speed: float, rate: int) -> None:
    """The speed is in sizes per second; the box is never ahead."""
    places = 300 + speed * SIZE * np.arange(8 * rate) / rate
    late = (places - shown(places, rate=rate)[:, 0])[3 * rate :]
    assert (late > 0).all()
    assert late.max() < SIZE / 50


def test_smoothing_scales_with_the_size_of_the_object() -> None:
    one, ten = Smoothing(), Smoothing()
    random = np.random.RandomState(2)
    for number in range(50):
        box = np.array([[300, 200, 50, 80]]) + random.normal(0, 3, (1, 4))
        small, large = (
            each.update([1], times * box, number / RATE)[0] for each, times in ((one, 1), (ten, 10))
        )
        assert large == pytest.approx(10 * small)


def test_smoothing_restarts_after_a_long_absence() -> None:
    """Also with swapped sides, which must not rotate the box."""
    filtering = Smoothing()
    at = np.array([[10.0, 10, 40, 20, 0.1]])
    filtering.update([1], at, 0.0)
    there = at + np.array([500, 500, 0, 0, 0])
    assert filtering.update([1], there, 5.0)[0].tolist() == there.tolist()
    turned = np.array([[510.0, 510, 20, 40, 0.1 + np.pi / 2]])
    assert filtering.update([1], turned, 5.03)[0].tolist() == turned.tolist()


def test_smoothing_forgets_objects_that_disappeared() -> None:
    filtering = Smoothing()
    for number in range(500):
        filtering.update([number], np.array([[1.0, 1, 1, 1]]), float(number))
    assert len(filtering._things) <= 2


def test_smoothing_passes_nan_through_and_restarts() -> None:
    filtering = Smoothing()
    fine, odd = np.array([[9.0, 9, 9, 9]]), np.array([[np.nan, 9, 9, 9]])
    filtering.update([1], fine, 0)
    assert np.isnan(filtering.update([1], odd, 0.1)[0][0, 0])
    assert filtering.update([1], fine + 50, 0.2)[0].tolist() == (fine + 50).tolist()


@pytest.mark.parametrize(
    ("name", "value"), [("CUTOFF", 2.0), ("CUTOFF_BY_SPEED", 5.0), ("SPEED_CUTOFF", 20.0), ("LONGEST", 9.0)]
)
def test_smoothing_tests_fail_for_another_value_of_any_constant(
    name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoothing, name, value)
    with pytest.raises(AssertionError):
        test_smoothing_reduces_jitter_of_a_still_object_to_a_quarter()
        for speed in (0.2, 1.0, 5.0):
            test_smoothing_lags_a_moving_object_by_less_than_2_percent_of_its_size(speed, 60)
        test_smoothing_restarts_after_a_long_absence()
