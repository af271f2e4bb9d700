"""The tolerances of a program in another precision."""

from edgegen.export.precision_check import tolerances_for

USUAL = {"score": 0.01, "corner": 0.5, "mask_iou": 0.99, "confidence_margin": 0.02, "iou_margin": 0.001}


def test_tolerances_are_four_times_the_differences() -> None:
    assert tolerances_for(USUAL, {"score": 0.02, "corner": 0.3, "mask_iou": 0.95}) == {
        "score": 0.08,
        "corner": 1.2,
        "mask_iou": 0.8,
        "confidence_margin": 0.08,
        "iou_margin": 0.004,
    }


def test_tolerances_are_at_least_twice_the_tasks() -> None:
    found = tolerances_for(USUAL, {"score": 0.001, "corner": 0.01, "mask_iou": 0.999})
    assert (found["score"], found["corner"], found["mask_iou"]) == (0.02, 1.0, 0.98)
    assert found["confidence_margin"] == 0.02
