"""Collects what differs between a project and its authority, picture by picture."""

from collections.abc import Iterable, Sequence

import numpy as np

from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import PYTORCH, Authority
from edgegen.parity.pictures import Picture
from edgegen.parity.pte_stage import compare_pte
from edgegen.parity.report import merge
from edgegen.parity.rule import CORNER, Stage, Thresholds, compare_boxes
from edgegen.project.context import MAX_MAX_DET
from edgegen.reference import letterbox, to_tensor
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.targets.runner import Answer, Shown
from edgegen.tasks.detect import Detections
from edgegen.tasks.detect.decode import LEAST_TOP_K


class Comparison:
    """The stages so far, over all pictures."""

    def __init__(self, spec: ModelSpec, authority: Authority, keep_classes: Sequence[int]) -> None:
        self._spec = spec
        self._authority = authority
        self._keep_classes = keep_classes
        # Without a checkpoint the .pte in Python is the authority itself: nothing to compare it with.
        self._pte = PteProgram(spec.pte) if authority.source == PYTORCH else None
        self.stages: tuple[Stage, ...] = ()
        self.detections = 0
        self.problems: list[str] = []

    def add(self, answer: Answer, shown: Sequence[Shown]) -> None:
        """Take what a project gave for these pictures, and compare it."""
        self._add(answer.stages)
        self.problems += answer.problems
        for each, detections in zip(shown, answer.detections, strict=True):
            self._compare_pte(each.picture)
            self._compare_app(each, detections)
        self._add(answer.more_stages)

    def _compare_pte(self, picture: Picture) -> None:
        """Compare the .pte in Python with the checkpoint."""
        if self._pte is None:
            return
        size = (self._spec.input.height, self._spec.input.width)
        boxed = letterbox(picture.rgb, size, self._spec.input.pad_value)
        tensor = to_tensor(boxed, self._spec.input)
        self._add(compare_pte(self._pte(tensor), self._authority.outputs(tensor), self._spec.output))

    def _compare_app(self, shown: Shown, detections: Detections) -> None:
        """Compare the boxes that the app shows for a picture."""
        right = self._expected(shown.picture, shown.thresholds)
        result = compare_boxes(detections, right, shown.thresholds, self._spec.output)
        self._add([Stage("app", result.worst_corner, CORNER, "px", result.passed, len(right))])
        self.problems += [f"{shown.path.name}: {problem}" for problem in result.problems]
        self.detections += len(right)

    def _expected(self, picture: Picture, thresholds: Thresholds) -> Detections:
        """Return the authority's boxes of the classes that the app shows."""
        if not self._keep_classes:
            return self._authority.boxes(picture.rgb, thresholds)
        # Of an end-to-end head, classes are left out after the choice, and the choice depends on max_det.
        end_to_end = self._spec.output.contract == "end2end"
        most = max(thresholds.max_det, LEAST_TOP_K) if end_to_end else MAX_MAX_DET
        everything = Thresholds(thresholds.confidence, thresholds.iou, most, thresholds.agnostic)
        found = self._authority.boxes(picture.rgb, everything)
        shown = np.flatnonzero(np.isin(found.class_ids, self._keep_classes))[: thresholds.max_det]
        return Detections(found.boxes[shown], found.scores[shown], found.class_ids[shown])

    def _add(self, stages: Iterable[Stage]) -> None:
        self.stages = merge([*self.stages, *stages])
