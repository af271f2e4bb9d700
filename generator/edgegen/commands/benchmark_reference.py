"""PyTorch's results for the picture of a benchmark, and how those of other runtimes compare."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgegen import tasks
from edgegen.base.arrays import Float32
from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError
from edgegen.model.spec import CheckpointFacts, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.picture_files import Picture
from edgegen.sources.source import OpenedModel
from edgegen.tasks.decoder import Outputs, Result
from edgegen.tasks.prepared import prepare
from edgegen.tasks.task import Signature, format_shapes


class DifferentResultsError(EdgegenError):
    """A runtime does not show PyTorch's results, so its time would mean nothing."""


@dataclass(frozen=True)
class Agreement:
    """The results of a runtime, compared with PyTorch's."""

    same: bool  # within the tolerances of float32
    lost: int  # results of PyTorch that are missing or elsewhere
    of: int  # results of PyTorch
    new: int  # results that PyTorch does not have, or has elsewhere
    counted: str  # the unit of all these: "boxes"

    def in_words(self) -> str:
        """Return the text for a cell of a table."""
        if self.same:
            return f"same {self.counted}"
        others = f", {self.new} others" if self.new else ""
        return f"{self.of - self.lost} of {self.of} {self.counted}{others}"

    def check(self) -> None:
        """Raise DifferentResultsError if a result is missing or new."""
        if self.lost or self.new:
            raise DifferentResultsError(f"shows {self.in_words()} of PyTorch's")


class Reference:
    """PyTorch's results for one picture."""

    def __init__(self, checkpoint: OpenedModel, spec: ModelSpec, picture: Picture) -> None:
        if checkpoint.facts.engine != "PyTorch":
            raise UnsupportedModelError(
                f"timing models that {checkpoint.facts.engine} runs ({checkpoint.path.name})",
                "give the checkpoint that it was made from",
            )
        self._task, self._facts, self._spec = tasks.find(spec.task), checkpoint.facts, spec
        self.library = checkpoint.facts.library
        self._authority = CheckpointAuthority(checkpoint, spec)
        self._picture = picture
        prepared = prepare(picture.rgb, spec.input)
        self.tensor, self._plan = prepared.tensor, prepared.plan
        outputs = self._authority.outputs(self.tensor)
        self.thresholds = self._task.decoder.thresholds_with_results(outputs, spec.output, Thresholds())
        self.shown = self._authority.result(picture.rgb, self.thresholds)
        if not len(self.shown):
            raise InputError(
                f"PyTorch shows nothing in {picture.name}, so nothing can be compared",
                "name a photo with --image in which the model finds something",
            )
        self.self_agreement = self._compare(self.shown, self.shown)

    def compare_export(self, outputs: Outputs, output: OutputSpec) -> Agreement:
        """Compare the outputs of an export by edgegen."""
        shown = self._task.decoder.result(outputs, output, self._plan, self.thresholds)
        return self._compare(shown, self.shown)

    def compare_other(self, outputs: Sequence[Float32], *, in_pixels: bool) -> Agreement:
        """Compare the outputs of an export by Ultralytics.

        in_pixels: whether coordinates are in pixels; else in shares of the input's sides.
        """
        outputs = sorted(outputs, key=lambda each: each.ndim)  # mask prototypes come last
        output = self._output_spec(outputs)
        if not in_pixels:
            outputs = _in_pixels(outputs, output, self._facts, self._spec)
        return self.compare_export(outputs, output)

    def compare_app(self, shown: Result, keep_classes: Sequence[int]) -> Agreement:
        """Compare the results of an app, which shows keep_classes only, unless empty."""
        right = self._authority.result(self._picture.rgb, self.thresholds, keep_classes)
        return self._compare(shown, right)

    def _compare(self, shown: Result, right: Result) -> Agreement:
        same = shown.compare(right, self.thresholds, self._spec.output).passed
        loss, new = right.lost_in(shown), shown.lost_in(right).lost
        return Agreement(same, loss.lost, loss.of, new, self._task.loss_unit)

    def _output_spec(self, outputs: Sequence[Float32]) -> OutputSpec:
        """Return the meaning of the outputs, which their shapes determine."""
        facts, spec, size = self._facts, self._spec, self._spec.input
        shapes = tuple(tuple(each.shape) for each in outputs)
        signature = Signature(
            spec.pte,
            size.height,
            size.width,
            shapes,
            spec.metadata,
            facts.class_names,
            facts.largest_stride,
            extras=facts.extras,
        )
        try:
            return self._task.read_outputs(signature)
        except InputError as error:  # Ultralytics' ONNX of a semantic model has class IDs and no logits
            raise DifferentResultsError(
                f"its export gives {format_shapes(shapes)}, which cannot be compared with PyTorch's outputs"
            ) from error


def _in_pixels(
    outputs: Sequence[Float32], output: OutputSpec, facts: CheckpointFacts, spec: ModelSpec
) -> list[Float32]:
    """Scale the coordinates of boxes and keypoints from shares of the input's sides to pixels."""
    rows, *others = (each.copy() for each in outputs)
    if rows.ndim == 3 and output.contract == "decoded":
        sides = (spec.input.width, spec.input.height)
        for axis, side in enumerate(sides):
            rows[:, [axis, axis + 2]] *= side
        if facts.extras.kpt_shape[0]:
            first, step = 4 + len(facts.class_names), facts.extras.kpt_shape[1]
            for axis, side in enumerate(sides):
                rows[:, first + axis :: step] *= side
    return [rows, *others]
