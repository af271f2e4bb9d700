"""Who takes part in a benchmark: other runtimes and ours, each held against PyTorch before it is timed."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import numpy.typing as npt

from edgegen import tasks
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.shell import quoted
from edgegen.commands.benchmark_workers.adapters import ADAPTERS, NOT_TIMED, Adapter
from edgegen.commands.benchmark_workers.worker import PYTORCH
from edgegen.model.facts import Facts
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.picture_files import Picture
from edgegen.sources.source import OpenedModel
from edgegen.tasks.decoder import Outputs, Result
from edgegen.tasks.prepared import prepare
from edgegen.tasks.signature import Signature, format_shapes


class DisagreementError(EdgegenError):
    """Somebody shows something else than PyTorch, in a line; its time would mean nothing."""


@dataclass(frozen=True)
class Agreement:
    """How what somebody shows of the picture compares with what PyTorch shows."""

    same: bool  # within the tolerances of float32: a thousandth of a pixel
    lost: int  # that are not shown, or elsewhere
    of: int
    new: int  # that PyTorch does not show, or elsewhere
    counted: str  # what all these are: "boxes"

    def in_words(self) -> str:
        """Say it in a cell of a table."""
        if self.same:
            return f"same {self.counted}"
        beside = f", {self.new} others" if self.new else ""
        return f"{self.of - self.lost} of {self.of} {self.counted}{beside}"

    def demand(self) -> None:
        """Raise DisagreementError where another thing is shown than PyTorch shows."""
        if self.lost or self.new:
            raise DisagreementError(f"shows {self.in_words()} of PyTorch's")


@dataclass(frozen=True)
class Unknown:
    """Somebody who is not timed, and why not."""

    name: str
    why: str
    install: str = ""  # the command that would change it


def wanted(against: Sequence[str] | None) -> tuple[list[Adapter], list[Unknown]]:
    """Return who can be timed here, and who cannot; all that there are where none is named.

    Raises:
        UsageError: A name is not known.
    """
    known = [PYTORCH, *ADAPTERS, *NOT_TIMED]
    for name in against or []:
        if name not in known:
            raise UsageError(f"--against names {name!r}", f"there are: {', '.join(known)}")
    if against is not None and not against:
        raise UsageError(
            "--against names no one", f"leave it out for all, or name some of: {', '.join(known)}"
        )
    adapters, unknown = [], []
    for name in dict.fromkeys(known if against is None else against):
        if name in NOT_TIMED:
            unknown.append(Unknown(name, NOT_TIMED[name]))
        elif name in ADAPTERS:
            missing = [each for each in ADAPTERS[name].packages if version(each) is None]
            if missing:
                command = "pip install " + " ".join(map(quoted, missing))
                unknown.append(Unknown(name, f"not installed: {', '.join(missing)}", command))
            else:
                adapters.append(ADAPTERS[name])
    return adapters, unknown


def version(package: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


class Truth:
    """What PyTorch shows of a picture, and how close others come to it."""

    def __init__(self, checkpoint: OpenedModel, spec: ModelSpec, picture: Picture) -> None:
        self._task, self._facts = tasks.find(spec.task), checkpoint.facts
        self._authority = authority = CheckpointAuthority(checkpoint, spec)
        self._picture = picture
        given = prepare(picture.rgb, spec.input)
        self.tensor = given.tensor
        self._plan = given.plan
        self.thresholds = self._task.golden_stages.thresholds_with_results(
            authority.outputs(given.tensor), spec.output, Thresholds()
        )
        self.shown = authority.result(picture.rgb, self.thresholds)
        self._spec = spec

    def of_export(self, outputs: Outputs, output: OutputSpec) -> Agreement:
        """Compare what an export of edgegen gives."""
        return self._of(self._task.decoder.result(outputs, output, self._plan, self.thresholds), self.shown)

    def of_adapter(self, outputs: Sequence[npt.NDArray[np.float32]], adapter: Adapter) -> Agreement:
        """Compare what another runtime gives of Ultralytics' export; DisagreementError if that cannot be."""
        outputs = sorted(outputs, key=lambda each: each.ndim)  # masks' prototypes come last
        output = self._contract_of(outputs)
        if not adapter.in_pixels:
            outputs = _in_pixels(outputs, output, self._facts, self._spec)
        return self._of(self._task.decoder.result(outputs, output, self._plan, self.thresholds), self.shown)

    def of_app(self, shown: Result, keep_classes: Sequence[int]) -> Agreement:
        """Compare what an app shows, of its classes alone if there are any."""
        right = self._authority.result(self._picture.rgb, self.thresholds, keep_classes)
        return self._of(shown, right)

    @property
    def itself(self) -> Agreement:
        """What it is compared with: Ultralytics' predict on the same checkpoint."""
        return self._of(self.shown, self.shown)

    def _of(self, shown: Result, right: Result) -> Agreement:
        same = shown.compare(right, self.thresholds, self._spec.output).passed
        loss, beside = right.lost_in(shown), shown.lost_in(right)
        return Agreement(same, loss.lost, loss.of, beside.lost, self._task.loss_unit)

    def _contract_of(self, outputs: Sequence[npt.NDArray[np.float32]]) -> OutputSpec:
        """Return what the outputs of Ultralytics' exports mean: their shapes tell."""
        facts = self._facts
        shapes = tuple(tuple(each.shape) for each in outputs)
        signature = Signature(
            self._spec.pte,
            self._spec.input.height,
            self._spec.input.width,
            shapes,
            self._spec.metadata,
            facts.class_names,
            facts.largest_stride,
            extras=facts.extras,
        )
        try:
            return self._task.read_outputs(signature)
        except InputError as error:  # as Ultralytics writes classes of pixels into ONNX, and no logits
            raise DisagreementError(
                f"its export gives {format_shapes(shapes)}, which cannot be compared with PyTorch's outputs"
            ) from error


def _in_pixels(
    outputs: Sequence[npt.NDArray[np.float32]], output: OutputSpec, facts: Facts, spec: ModelSpec
) -> list[npt.NDArray[np.float32]]:
    """Turn coordinates in parts of the input into pixels: of boxes, and of keypoints behind the classes."""
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
