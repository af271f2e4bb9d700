"""The `.pte` in Python against the model it was exported from."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.parity.rule import CORNER, RAW, SCORE, Stage
from edgegen.tasks.detect.decode import expected_distance

Float32 = npt.NDArray[np.float32]


def compare_pte(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all numbers of a model's outputs: class logits and expected distances, or scores and boxes."""
    if output.has_levels:
        worst, compared = 0.0, 0
        for position, (mine, right) in enumerate(zip(ours, theirs, strict=True)):
            if position % 2 == 0:
                mine, right = _distances(mine, output.reg_max), _distances(right, output.reg_max)
            worst, compared = max(worst, _worst(mine, right)), compared + right.size
        return [_stage("pte", worst, RAW, "logits, strides", compared)]
    boxes, scores = slice(0, 4), slice(4, None)
    return [
        _stage(name, _worst(ours[0][:, rows], theirs[0][:, rows]), tolerance, unit, theirs[0][:, rows].size)
        for name, rows, tolerance, unit in (
            ("pte", scores, SCORE, "score"),
            ("pte boxes", boxes, CORNER, "px"),
        )
    ]


def _distances(box_logits: Float32, reg_max: int) -> Float32:
    rows = np.ascontiguousarray(box_logits[0].reshape(4 * reg_max, -1).T)
    return expected_distance(rows, reg_max)


def _worst(ours: Float32, theirs: Float32) -> float:
    difference = np.abs(ours.astype(np.float64) - theirs)
    return float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))


def _stage(name: str, worst: float, tolerance: float, unit: str, compared: int) -> Stage:
    return Stage(name, worst, tolerance, unit, worst <= tolerance, compared)
