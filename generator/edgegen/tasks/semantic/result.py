"""The result of a semantic segmentation model: a class for every pixel, with the logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.reference import LetterboxPlan, bilinear
from edgegen.tasks.semantic.decode import IGNORED, class_map, only_classes

Float32 = npt.NDArray[np.float32]
Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class ClassMap:
    """The class of every pixel of a picture, or IGNORED, and the model's logits if known."""

    classes: Int32  # [h, w]
    logits: Float32 | None = None  # [nc, mh, mw], of the whole input
    input_hw: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        """Return 1: a picture has one map."""
        return 1

    def of(self, keep_classes: Sequence[int]) -> "ClassMap":
        """Return the map with these classes only."""
        return ClassMap(only_classes(self.classes, keep_classes), self.logits, self.input_hw)

    def behind(
        self,
        rows: npt.NDArray[np.int64],
        columns: npt.NDArray[np.int64],
        chosen: npt.NDArray[np.integer[Any]],
    ) -> Float32:
        """Return how far the logits of the chosen classes, one for each pixel, are below the best ones.

        For a model of one class it is the logit's distance from 0. The class behind IGNORED is unknown: its
        logit is at most the second best.

        Raises:
            ValueError: The logits are not known.
        """
        if self.logits is None:
            raise ValueError("a class map without logits has no margins")
        height, width = self.classes.shape
        wanted, place = np.unique(rows, return_inverse=True)
        values = _lines(self.logits, self.input_hw, (height, width), wanted)[:, place, columns]
        if len(values) == 1:
            return np.asarray(np.abs(values[0]), dtype=np.float32)
        known = np.where(np.isnan(values), np.float32(-np.inf), values)
        best = np.sort(known, axis=0)
        of_chosen = known[np.where(chosen == IGNORED, 0, chosen), np.arange(len(rows))]
        with np.errstate(invalid="ignore"):
            off = best[-1] - np.where(chosen == IGNORED, best[-2], of_chosen)
        return np.asarray(off, dtype=np.float32)


def _lines(
    logits: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int], rows: npt.NDArray[np.int64]
) -> Float32:
    """Return the logits [nc, n, w] of these rows of the picture, computed as in `class_map`."""
    from edgegen.reference.letterbox import plan_letterbox

    if logits.shape[1:] != input_hw:
        logits = bilinear.resize(logits, *input_hw)
    if input_hw != picture_hw:
        plan = plan_letterbox(picture_hw, input_hw)
        logits = logits[:, plan.top : plan.top + plan.resized_height]
        logits = logits[:, :, plan.left : plan.left + plan.resized_width]
    if logits.shape[1:] == picture_hw:
        return logits[:, rows]
    down, across = (bilinear.taps(*each) for each in zip(logits.shape[1:], picture_hw, strict=True))
    few = bilinear.Taps(down.lower[rows], down.upper[rows], down.weight[rows])
    return bilinear.sample(logits, few, across)


def shown_map(
    outputs: Sequence[Float32],
    output: OutputSpec,
    plan: LetterboxPlan,
    keep_classes: Sequence[int] | None = None,
) -> ClassMap:
    """Return the class of every pixel. keep_classes does not apply to a model of one class."""
    input_hw = (plan.input_height, plan.input_width)
    classes = class_map(outputs[0][0], input_hw, (plan.source_height, plan.source_width))
    found = ClassMap(classes, outputs[0][0], input_hw)
    return found if keep_classes is None or len(outputs[0][0]) == 1 else found.of(keep_classes)
