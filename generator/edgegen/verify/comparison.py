"""Collects what differs between a project and its authority, picture by picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from edgegen.authority import PYTORCH, Authority
from edgegen.context import MAX_MAX_DET
from edgegen.model_spec import ModelSpec
from edgegen.parity import CORNER, Stage, Thresholds, compare_boxes
from edgegen.pictures import Picture
from edgegen.reference import Detections, letterbox, to_tensor
from edgegen.runtime import PteProgram
from edgegen.vectors import make_vectors
from edgegen.verify.pte_stage import compare_pte
from edgegen.verify.report import merge


class Runner(Protocol):
    """Runs what was built from a project."""

    def parity(self, vectors: Path) -> list[Stage]:
        """Run the project's own parity test on a folder of vectors."""

    def app(self, image: Path, thresholds: Thresholds) -> Detections:
        """Run the app on a picture file, as its user would."""


class Comparison:
    """The stages so far, over all pictures."""

    thresholds = Thresholds()  # for pictures that bring none of their own

    def __init__(
        self, runner: Runner, spec: ModelSpec, authority: Authority, keep_classes: Sequence[int]
    ) -> None:
        self._runner = runner
        self._spec = spec
        self._authority = authority
        self._keep_classes = keep_classes
        # Without a checkpoint the .pte in Python is the authority itself: nothing to compare it with.
        self._pte = PteProgram(spec.pte) if authority.source == PYTORCH else None
        self.stages: tuple[Stage, ...] = ()
        self.detections = 0
        self.problems: list[str] = []

    def stages_of(self, vectors: Path) -> None:
        """Run the project's parity test on a folder of vectors."""
        self._add(self._runner.parity(vectors))

    def stages_of_pictures(self, pictures: Sequence[Picture], folder: Path) -> None:
        """Make vectors for the pictures in the folder, and run the project's parity test on them."""
        make_vectors(
            folder,
            self._spec,
            authority=self._authority,
            pictures=pictures,
            thresholds=self.thresholds,
            max_bytes=None,
            lower_confidence=False,
        )
        self.stages_of(folder)

    def app_on(self, path: Path, picture: Picture, thresholds: Thresholds) -> None:
        """Compare the .pte in Python, and the boxes that the app prints for the picture's file."""
        if self._pte is not None:
            boxed = letterbox(
                picture.rgb, (self._spec.input.height, self._spec.input.width), self._spec.input.pad_value
            )
            tensor = to_tensor(boxed, self._spec.input)
            theirs = self._authority.outputs(tensor)
            self._add(compare_pte(self._pte(tensor), theirs, self._spec.output))
        right = self._expected(picture, thresholds)
        result = compare_boxes(self._runner.app(path, thresholds), right, thresholds)
        self._add([Stage("app", result.worst_corner, CORNER, "px", result.passed, len(right))])
        self.problems += [f"{path.name}: {problem}" for problem in result.problems]
        self.detections += len(right)

    def _expected(self, picture: Picture, thresholds: Thresholds) -> Detections:
        """Return the authority's boxes of the classes that the app shows."""
        if not self._keep_classes:
            return self._authority.boxes(picture.rgb, thresholds)
        everything = Thresholds(thresholds.confidence, thresholds.iou, MAX_MAX_DET, thresholds.agnostic)
        found = self._authority.boxes(picture.rgb, everything)
        shown = np.flatnonzero(np.isin(found.class_ids, self._keep_classes))[: thresholds.max_det]
        return Detections(found.boxes[shown], found.scores[shown], found.class_ids[shown])

    def _add(self, stages: Sequence[Stage]) -> None:
        self.stages = merge([*self.stages, *stages])
