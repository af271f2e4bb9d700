"""NMS of oriented boxes in numpy against Ultralytics; and mutated copies, which must fail."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from tests.helpers.mutating import expect_failure, mutant

sound: Any = import_module("edgegen.reference.nms")  # the package has a function of this name

Float32 = npt.NDArray[np.float32]
LIKENESS: Final = 2e-5  # tolerance: for long boxes the last bits of a cosine count


def turned(random: np.random.Generator, count: int) -> Float32:
    """Return crowded boxes [n, 5] at all angles, some of them duplicated, some without area."""
    boxes = np.stack(
        [
            random.uniform(-20, 340, count), random.uniform(-20, 340, count),
            random.uniform(2, 150, count), random.uniform(2, 150, count), random.uniform(-7, 7, count),
        ],
        axis=1,
    )  # fmt: skip
    twice = random.random(count) < 0.4
    boxes[twice] = boxes[random.integers(0, count, size=twice.sum())] + random.normal(0, 1, (twice.sum(), 5))
    boxes[twice, 4] += random.choice([0, np.pi / 2, np.pi], size=twice.sum()) - random.normal(0, 1)
    return boxes.astype(np.float32)


def check_probiou(nms: Any, seed: int) -> None:
    """Compare the probabilistic IoUs of random boxes with Ultralytics'."""
    import torch
    from ultralytics.utils.metrics import batch_probiou

    random = np.random.default_rng(seed)
    one, other = turned(random, 12), turned(random, 17)
    theirs = batch_probiou(torch.from_numpy(one), torch.from_numpy(other)).numpy()
    np.testing.assert_allclose(nms.probiou(one, other), theirs, rtol=0, atol=LIKENESS)
    np.testing.assert_allclose(nms.probiou(one, one).diagonal(), 1, rtol=0, atol=2e-3)


def check_nms(nms: Any, seed: int) -> bool:
    """Compare the kept boxes with Ultralytics' NMS; return False if last bits decide otherwise."""
    import torch
    from ultralytics.utils.metrics import batch_probiou
    from ultralytics.utils.nms import non_max_suppression

    random = np.random.default_rng(seed)
    count = int(random.choice([0, 1, 2, 40], p=[0.02, 0.04, 0.04, 0.9]))
    classes = int(random.choice([1, 3, 15]))
    boxes = turned(random, count) if count else np.empty((0, 5), dtype=np.float32)
    scores = random.permutation(np.linspace(0.3, 0.9, count)).astype(np.float32)
    class_ids = random.integers(0, classes, size=count)
    iou, agnostic = float(random.choice([0.05, 0.3, 0.7])), bool(random.integers(2))
    most, candidates = int(random.choice([1, 20, 300])), int(random.choice([25, 30_000]))

    moved = boxes.copy()
    moved[:, :2] += np.float32(0 if agnostic else 7680) * class_ids.astype(np.float32)[:, None]
    theirs = batch_probiou(torch.from_numpy(moved), torch.from_numpy(moved)).numpy()
    if ((theirs > np.float32(iou)) != (sound.probiou(moved, moved) > np.float32(iou))).any():
        return False
    rows = np.zeros((1, 4 + classes + 1, count), dtype=np.float32)
    rows[0, :4], rows[0, -1] = boxes[:, :4].T, boxes[:, 4]
    rows[0, 4 + class_ids, np.arange(count)] = scores
    _, (kept,) = non_max_suppression(
        torch.from_numpy(rows), 0.25, iou, None, agnostic, max_det=most, nc=classes,
        max_nms=candidates, rotated=True, return_idxs=True,
    )  # fmt: skip
    ours = nms.rotated_nms(boxes, scores, class_ids, iou, most, agnostic, candidates)
    np.testing.assert_array_equal(ours, np.asarray(kept).reshape(-1))
    return True


def test_probiou_equals_ultralytics() -> None:
    """204 pairs in each of 1,000 random crowds."""
    for seed in range(1000):
        check_probiou(sound, seed)


@pytest.mark.parametrize("block", [sound.BLOCK, 16])
def test_rotated_nms_equals_ultralytics(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """300 random crowds: sizes, classes, thresholds, agnostic or not; in one block or in three."""
    monkeypatch.setattr(sound, "BLOCK", block)
    assert sum(check_nms(sound, seed) for seed in range(300)) > 285


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_probiou, r"boxes\[:, 3\] / np\.float32\(12\)", "boxes[:, 3] / np.float32(12.1)"),
        (check_probiou, r"boxes\[:, 2\] / np\.float32\(12\)", "boxes[:, 2] / np.float32(11.9)"),
        (check_probiou, r"\(along - across\) \* cos", "(across - along) * cos"),
        (check_probiou, r"FARTHEST: Final = np\.float32\(100\)", "FARTHEST: Final = np.float32(1)"),
        (check_probiou, r"EPSILON: Final = np\.float32\(1e-7\)", "EPSILON: Final = np.float32(1e-3)"),
        (check_probiou, r"np\.float32\(0\.25\)", "np.float32(0.26)"),
        (check_probiou, r"0\.5\)\n        sizes", "0.4)\n        sizes"),
        (check_probiou, r"0\.5\)\n        distance", "0.4)\n        distance"),
        (check_probiou, r"np\.float32\(4\)", "np.float32(3.9)"),
        (check_probiou, r"x2 - x1", "x1 - x2"),
        (check_nms, r"np\.arange\(len\(better\)\)\[:, None\] <", "np.arange(len(better))[:, None] <="),
        (check_nms, r"\[~alike\.any\(axis=0\)\]\]\)", "[~alike[begin:].any(axis=0)]])"),
        (check_nms, r"CLASS_OFFSET = 7680", "CLASS_OFFSET = 10"),
        (check_nms, r"0 if agnostic else CLASS_OFFSET", "CLASS_OFFSET"),
        (check_nms, r"kind=\"stable\"\)\[:max_candidates\]", 'kind="stable")'),
        (check_nms, r"\[:max_det\]", "[: max_det + 1]"),
        (check_nms, r"> np\.float32\(iou\)", "> np.float32(iou + 0.01)"),
    ],
)  # fmt: skip
def test_comparison_fails_for_a_mutated_rotated_nms(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    broken.BLOCK = 16
    expect_failure(check, broken, seeds=100, errors=AssertionError)


def row(*centres: float) -> Float32:
    """Return upright boxes of 40 x 40 at these x positions."""
    return np.array([[x, 50, 40, 40, 0] for x in centres], dtype=np.float32)


def kept(boxes: Float32, scores: list[float], iou: float = 0.4, **options: Any) -> list[int]:
    ids = np.zeros(len(boxes), dtype=np.int64)
    return sound.rotated_nms(boxes, np.array(scores, dtype=np.float32), ids, iou, **options).tolist()


def test_rotated_nms_lets_a_suppressed_box_suppress_others() -> None:
    """The third box overlaps only the second, which the first suppresses. A greedy NMS would keep it."""
    boxes = row(0, 12, 24)
    first, third = sound.probiou(boxes, boxes)[0, 1:]
    assert first > 0.4 > third
    assert kept(boxes, [0.9, 0.8, 0.7]) == [0]


def test_rotated_nms_orders_equal_scores_by_position() -> None:
    assert kept(row(0, 1, 200, 201), [0.5] * 4) == [0, 2]
    assert kept(row(200, 0, 400), [0.5] * 3) == [0, 1, 2]
    assert kept(row(200, 0, 400), [0.5] * 3, max_det=2) == [0, 1]
    assert kept(row(200, 0, 400), [0.5] * 3, max_candidates=1) == [0]


def test_rotated_nms_compares_the_threshold_as_float32() -> None:
    """An IoU equal to the threshold suppresses no box."""
    boxes = row(0, 12)
    likeness = sound.probiou(boxes, boxes)[0, 1]
    assert kept(boxes, [0.9, 0.8], float(likeness)) == [0, 1]
    assert kept(boxes, [0.9, 0.8], float(likeness) - 1e-12) == [0, 1]
    assert kept(boxes, [0.9, 0.8], float(np.nextafter(likeness, np.float32(0)))) == [0]


def test_rotated_nms_of_boxes_without_area_equals_ultralytics() -> None:
    """Two of them suppress each other at any distance; one never suppresses a box with an area."""
    import torch
    from ultralytics.utils.metrics import batch_probiou

    boxes = row(0, 300, 0)
    boxes[:2, 2:4] = 0
    theirs = batch_probiou(torch.from_numpy(boxes), torch.from_numpy(boxes)).numpy()
    np.testing.assert_allclose(sound.probiou(boxes, boxes), theirs, rtol=0, atol=1e-4)  # near 1
    assert kept(boxes, [0.9, 0.8, 0.7]) == [0, 2]


def test_rotated_nms_ignores_boxes_that_are_not_finite() -> None:
    """Or so large that their area is not finite."""
    boxes = row(0, 0, 0)
    boxes[0, 4] = np.nan
    boxes[1, 2:4] = 3e38
    assert kept(boxes, [0.9, 0.8, 0.7]) == [0, 1, 2]
