"""Random outputs of heads with extra values, of every contract, and the reference's selection of them."""

import numpy as np

from edgegen.model.thresholds import Thresholds
from edgegen.reference import plan_letterbox
from tests.cpp.box_comparisons import Float32, random_keep, sprinkle
from tests.kotlin.tasks import Asked, Outputs

Size = tuple[int, int]  # height, width

CONTRACTS = ("raw", "end2end", "decoded", "detections")
BAD = (np.nan, np.inf, -np.inf, 3e38, -3e38)
INPUTS = ((64, 96), (96, 64), (160, 160), (32, 320))  # height, width


def random_outputs(rng: np.random.Generator, contract: str, extras: int, bad_values: bool = True) -> Outputs:
    """Return outputs, some with ties, infinities and NaN.

    Scores lie on a grid: two are equal, or differ by more than two exponentials do.
    """
    classes = int(rng.choice([1, 2, 5, 80]))
    special = bad_values and rng.integers(0, 4) == 0
    if contract in {"raw", "end2end"}:
        return _levels(rng, contract, classes, extras, special)
    candidates = int(rng.integers(1, 200))
    box, score, extra = _rows(rng, candidates, classes, extras)
    if contract in {"decoded", "multilabel"}:
        output = np.concatenate([box, score, extra], axis=1).T[None]
    else:
        number = rng.integers(0, classes, (candidates, 1))
        output = np.concatenate([box, score[:, :1], number, extra], axis=1)[None]
    output = np.ascontiguousarray(output, dtype=np.float32)
    if special:
        sprinkle(rng, output, BAD)
    return Outputs(contract, [output], classes, extras)


def _levels(rng: np.random.Generator, contract: str, classes: int, extras: int, special: bool) -> Outputs:
    strides = (8, 16, 32)[: int(rng.integers(1, 4))]
    reg_max = int(rng.choice([1, 1, 16]))
    centre = float(rng.choice([-5, -2]))
    cells = [(int(height), int(width)) for height, width in rng.integers(1, 14, (len(strides), 2))]
    tensors = []
    for size in cells:
        box = rng.normal(1.5, 2, (1, 4 * reg_max, *size))
        logits = np.round(np.clip(rng.normal(centre, 2, (1, classes, *size)), -8, 8) * 16) / 16
        extra = rng.normal(0, 2, (1, extras, *size))
        tensors += [array.astype(np.float32) for array in (box, logits, extra)]
    if special:
        for tensor in tensors:
            sprinkle(rng, tensor, BAD)
    return Outputs(contract, tensors, classes, extras, reg_max, strides, cells)


def _rows(rng: np.random.Generator, candidates: int, classes: int, extras: int) -> tuple[Float32, ...]:
    box = np.concatenate(
        [rng.uniform(-10, 170, (candidates, 2)), rng.uniform(1, 120, (candidates, 2))], axis=1
    ).astype(np.float32)
    score = np.round(rng.random((candidates, classes)) ** rng.choice([1, 8]) * 64) / 64
    return box, score.astype(np.float32), rng.normal(0, 40, (candidates, extras)).astype(np.float32)


def random_question(
    rng: np.random.Generator, classes: int, target: Size | None = None, source: Size | None = None
) -> Asked:
    """Return what to show; target and source: the input's and the picture's height and width, else any."""
    source = source or (int(rng.integers(1, 700)), int(rng.integers(1, 700)))
    target = target or INPUTS[int(rng.integers(len(INPUTS)))]
    thresholds = Thresholds(
        confidence=float(rng.choice([0.001, 0.1, 0.25, 0.6])),
        iou=float(rng.choice([0.3, 0.45, 0.7])),
        max_det=int(rng.choice([1, 10, 300, 310])),
        agnostic=bool(rng.integers(0, 2)),
    )
    return Asked(plan_letterbox(source, target), thresholds, random_keep(rng, classes))
