"""The authority: whose outputs and results golden vectors record and apps are compared with.

It is the library's own predict on the checkpoint. Without one, it is Ultralytics' predict on the exported
folder, or the `.pte` itself if Ultralytics cannot read it.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from edgegen import runtimes, tasks
from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import InputError
from edgegen.base.text import how_many
from edgegen.model.spec import ModelSpec, branch_of
from edgegen.model.thresholds import Thresholds
from edgegen.runtimes.runtime import Forward
from edgegen.sources.source import OpenedModel
from edgegen.sources.ultralytics import library, predict
from edgegen.tasks.decoder import Result
from edgegen.tasks.prepared import prepare

PYTORCH: Final = "pytorch"  # the checkpoint
EXECUTORCH: Final = "executorch"  # the .pte in Python
REFERENCE: Final = "reference"  # no authority: the numpy reference on random rows


class Authority(Protocol):
    """Gives a model's outputs and results."""

    @property
    def source(self) -> str:
        """The source that golden vectors record: PYTORCH or EXECUTORCH."""

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the model's input bytes [H, W, 3] for a picture [h, w, 3], by the model's resize."""

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return the outputs of the model's contract for the input tensor [1, 3, H, W]."""

    def result(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Result:
        """Return the result for a picture [h, w, 3]; only of keep_classes, unless empty."""


class CheckpointAuthority:
    """PyTorch: the model, and its library's predict."""

    source = PYTORCH

    def __init__(self, checkpoint: OpenedModel, spec: ModelSpec) -> None:
        _same_classes(checkpoint, spec)
        if spec.output.contract == "detections" and "detections" not in checkpoint.facts.contracts:
            raise InputError(
                f"{spec.pte} was not made by edgegen, so it cannot be compared with a checkpoint",
                "leave out --model: Ultralytics' predict on the exported folder is then the authority",
            )
        _same_head(checkpoint, spec)
        self._predictor = checkpoint.predictor(spec)

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Run the library's own resize, with OpenCV or Pillow."""
        return self._predictor.letterboxed(rgb)

    def result(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Result:
        """Run the library's predict."""
        return self._predictor(rgb, thresholds, keep_classes)

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the module with the outputs of the contract."""
        return self._predictor.outputs(tensor)


def _same_classes(checkpoint: OpenedModel, spec: ModelSpec) -> None:
    """Raise InputError if the model's task or classes are not the checkpoint's."""
    theirs, ours = checkpoint.facts.class_names, spec.class_names
    if checkpoint.facts.task != spec.task:
        other = f"its task is {checkpoint.facts.task}, the model's {spec.task}"
    elif theirs == ours:
        return
    elif len(theirs) != len(ours):
        other = f"it has {how_many(len(theirs), 'class')}, the model {len(ours)}"
    else:
        number = next(i for i, names in enumerate(zip(theirs, ours, strict=True)) if len(set(names)) > 1)
        other = f"its class {number} is {theirs[number]!r}, the model's is {ours[number]!r}"
    raise _not_its_checkpoint(checkpoint, spec, other)


def _same_head(checkpoint: OpenedModel, spec: ModelSpec) -> None:
    """Raise InputError if the head cannot give the model's outputs: other models may share its classes."""
    facts, output = checkpoint.facts, spec.output
    other = ""
    if facts.yolo.branches and branch_of(output.contract) not in facts.yolo.branches:
        other = f"its head has no {branch_of(output.contract)} branch"
    elif output.has_levels and facts.yolo.reg_max != output.reg_max:
        other = f"its head has {facts.yolo.reg_max} bins a side, the model's {output.reg_max}"
    elif output.has_levels and facts.yolo.strides != output.strides:
        other = f"its strides are {list(facts.yolo.strides)}, the model's {list(output.strides)}"
    elif output.extras.kpt_shape != facts.extras.kpt_shape:
        its, the_models = (list(extras.kpt_shape) for extras in (facts.extras, output.extras))
        other = f"its kpt_shape is {its}, the model's {the_models}"
    elif output.extras.channels != facts.extras.channels:
        other = f"its head gives {facts.extras.channels} numbers for each box, not {output.extras.channels}"
    elif output.has_levels and facts.extras != output.extras:
        other = "its head has another encoding of keypoints or angles"
    if other:
        raise _not_its_checkpoint(checkpoint, spec, other)


def _not_its_checkpoint(checkpoint: OpenedModel, spec: ModelSpec, other: str) -> InputError:
    return InputError(
        f"{checkpoint.path} is not the checkpoint of this model: {other}",
        f"give the checkpoint that {spec.pte} was exported from",
    )


class PteAuthority:
    """The `.pte` alone: its outputs in Python, and the numpy reference for all other stages."""

    source = EXECUTORCH

    def __init__(
        self,
        spec: ModelSpec,
        letterboxed: Callable[[Uint8], Uint8] | None = None,
        forward: Forward | None = None,
    ) -> None:
        """forward: runs another program than the `.pte`."""
        self._program = forward or runtimes.default().load(spec.pte)
        self._spec, self._task = spec, tasks.find(spec.task)
        self._letterboxed = letterboxed

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Run the given function, or else the numpy reference."""
        return self._letterboxed(rgb) if self._letterboxed else prepare(rgb, self._spec.input).pixels

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the .pte."""
        return list(self._program(tensor))

    def result(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Result:
        """Run the .pte between the numpy reference's stages."""
        given = prepare(rgb, self._spec.input)
        outputs, keep = self.outputs(given.tensor), keep_classes or None
        return self._task.decoder.result(outputs, self._spec.output, given.plan, thresholds, keep)


class FolderAuthority(PteAuthority):
    """A folder exported by Ultralytics: the `.pte`'s outputs, and Ultralytics' predict on the folder."""

    def __init__(self, spec: ModelSpec) -> None:
        self._predictor = predict.folder_predictor(spec)
        super().__init__(spec, self._predictor.letterboxed)

    def result(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Result:
        """Run Ultralytics' predict."""
        return self._predictor(rgb, thresholds, keep_classes)


def authority_for(spec: ModelSpec, checkpoint: OpenedModel | None) -> Authority:
    """Return the best authority for a model."""
    if checkpoint is not None:
        return CheckpointAuthority(checkpoint, spec)
    takes_folder = spec.is_ultralytics and spec.output.contract in tasks.find(spec.task).library_contracts
    if takes_folder and library.is_installed():
        return FolderAuthority(spec)
    return PteAuthority(spec)
