"""Collects what differs between a project and its authority, picture by picture."""

from collections.abc import Iterable, Sequence
from typing import Any

from edgegen import runtimes, tasks
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import PYTORCH, Authority
from edgegen.parity.picture_files import Picture
from edgegen.parity.report import merge
from edgegen.targets.runner import PictureInput, RunOutput
from edgegen.tasks.stage import Stage


class Comparison:
    """The stages so far, over all pictures."""

    def __init__(self, spec: ModelSpec, authority: Authority, keep_classes: Sequence[int]) -> None:
        self._spec = spec
        self._task = tasks.find(spec.task)
        self._authority = authority
        self._keep_classes = keep_classes
        # Without a checkpoint the .pte in Python is the authority itself: nothing to compare it with.
        self._pte = runtimes.default().load(spec.pte) if authority.source == PYTORCH else None
        self.stages: tuple[Stage, ...] = ()
        self.detections = 0
        self.problems: list[str] = []

    def add(self, output: RunOutput, shown: Sequence[PictureInput]) -> None:
        """Take what a project gave for these pictures, and compare it."""
        self._add(output.stages)
        self.problems += output.problems
        for each, result in zip(shown, output.results, strict=True):
            self._compare_outputs(each.picture)
            self._compare_app(each, result)
        self._add(output.more_stages)

    def _compare_outputs(self, picture: Picture) -> None:
        """Compare the .pte in Python with the checkpoint."""
        if self._pte is None:
            return
        tensor = self._task.prepare(picture.rgb, self._spec.input).tensor
        self._add(
            self._task.compare_outputs(self._pte(tensor), self._authority.outputs(tensor), self._spec.output)
        )

    def _compare_app(self, shown: PictureInput, result: Any) -> None:
        """Compare what the app shows for a picture."""
        right = self._authority.result(shown.picture.rgb, shown.thresholds, self._keep_classes)
        compared = self._task.compare(result, right, shown.thresholds, self._spec.output)
        self._add(compared.stages("app"))
        self.problems += [f"{shown.path.name}: {problem}" for problem in compared.problems]
        self.detections += len(right)

    def _add(self, stages: Iterable[Stage]) -> None:
        self.stages = merge([*self.stages, *stages])
