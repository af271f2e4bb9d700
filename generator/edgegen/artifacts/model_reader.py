"""Check a `.pte` and its metadata.yaml against each other, and return a ModelSpec.

The `.pte` has the facts, the metadata their meaning. Values that both have must agree.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from edgegen import tasks
from edgegen.artifacts.metadata import Metadata, read_metadata
from edgegen.artifacts.pte import METHOD, Method, PteContent, read_pte, read_steps
from edgegen.base import naming, pins
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.files import file_sha256
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.base.text import shorten
from edgegen.model.precision import INT8, PRECISIONS, Steps
from edgegen.model.spec import (
    CENTRE_CROP,
    WHOLE_PICTURE,
    Extras,
    InputSpec,
    ModelSpec,
    OutputSpec,
    Program,
    ultralytics_shorter_side,
)
from edgegen.tasks.task import Signature, format_shapes

if TYPE_CHECKING:
    from edgegen.tasks.task import Task


def load_model_spec(pte: Path, metadata: Path | Metadata) -> ModelSpec:
    """Read a model's two files and check them against each other.

    metadata: the file, or its content.

    Raises:
        InputError: A file is missing or damaged, or they contradict each other.
        UnsupportedModelError: The model is valid, but its task or contract is not supported.
    """
    program = read_pte(pte)
    spec = check_model(pte, program, read_metadata(metadata) if isinstance(metadata, Path) else metadata)
    for extra in spec.extra_programs:
        if extra.file.endswith(PTE_SUFFIX):  # the digest of an ONNX model is enough: the export compared it
            check_signature(spec.path_of(extra), read_pte(spec.path_of(extra)), pte, program)
    return spec


def check_signature(extra: Path, extra_program: PteContent, pte: Path, program: PteContent) -> None:
    """Raise InputError unless an extra program has the inputs and outputs of the first one."""
    ours, theirs = (each.method(METHOD) for each in (program, extra_program))
    if not ours or not theirs or (ours.inputs, ours.outputs) != (theirs.inputs, theirs.outputs):
        raise InputError(f"{extra} has other inputs or outputs than {pte}", "export the model again")


def check_model(pte: Path, program: PteContent, metadata: Metadata, sha256: str | None = None) -> ModelSpec:
    """Return the ModelSpec of a signature and a metadata.yaml. Raises the errors of load_model_spec.

    sha256 is the digest of a `.pte` that is not on this machine.
    """
    try:
        return _Check(pte, program, metadata, sha256).spec()
    except InputError as error:
        error.hint = error.hint or "export the model again: edgegen export --model CHECKPOINT --output DIR"
        raise


@dataclass(frozen=True)
class _Check:
    """The check of one pair of files."""

    pte: Path
    program: PteContent
    metadata: Metadata
    known_sha256: str | None

    def spec(self) -> ModelSpec:
        task = self._task()
        self._input_kind()
        self._exporter()
        method = self._method()
        height, width = self._input(method)
        input_steps, output_steps = self._steps()
        output = self._output(task, method, height, width, output_steps)
        return ModelSpec(
            pte=self.pte,
            metadata=self.metadata.path,
            name=self._name(),
            task=self.metadata.task,
            class_names=self.metadata.class_names,
            input=InputSpec(
                height=height,
                width=width,
                color=self.metadata.color,
                scale=self.metadata.scale,
                mean=self.metadata.mean,
                std=self.metadata.std,
                resize=self._resize(task),
                pad_value=self.metadata.pad_value,
                shorter_side=self._shorter_side(task, height, width),
                interpolation=self.metadata.interpolation,
                steps=input_steps,
            ),
            output=output,
            programs=self._programs(),
            delegates=tuple(delegate.backend for delegate in method.delegates),
            executorch_version=self.metadata.executorch,
            given_architecture=self.metadata.given_architecture,
            given_color=self.metadata.given_color,
            head=self.metadata.head,
            checkpoint_name=self.metadata.checkpoint_name,
            checkpoint_sha256=self.metadata.checkpoint_sha256,
            library=self.metadata.library or ("ultralytics" if self.metadata.ultralytics_version else ""),
            license=self.metadata.license,
            description=self.metadata.description,
            certificate=self.metadata.certificate,
        )

    @cached_property
    def _signature(self) -> Signature:
        """The metadata of the outputs, without the sizes of the `.pte`."""
        metadata = self.metadata
        about = (metadata.path, metadata.class_names, metadata.stride, metadata.end2end)
        levels = (metadata.contract, metadata.reg_max, metadata.strides)
        return Signature(self.pte, 0, 0, (), *about, *levels, self._extras())

    def _extras(self) -> Extras:
        metadata, points = self.metadata, self.metadata.kpt_shape or (0, 0)
        if metadata.output_kpt_shape is not None and metadata.output_kpt_shape != points:
            general = list(points) if metadata.kpt_shape else "missing"
            raise InputError(
                f"{metadata.path} contradicts itself: `kpt_shape` is {general},"
                f" `edgegen.output.kpt_shape` {list(metadata.output_kpt_shape)}",
                "export the model again",
            )
        encoding = (metadata.keypoint_scale, metadata.keypoint_shift, metadata.angle)
        channels = points[0] * points[1] or metadata.coefficients or 0
        return Extras(channels, points, *encoding, kpt_names=metadata.kpt_names)

    def _task(self) -> "Task":
        task, path = self.metadata.task, self.metadata.path
        if task in tasks.names():
            return tasks.find(task)
        known = ", ".join(tasks.names())
        raise InputError(f"{path}: `task` is {shorten(task)}, not one of {known}")

    def _supported(self) -> str:
        """Return the hint that lists all supported models."""
        return "; ".join(tasks.find(name).takes for name in tasks.names())

    def _input_kind(self) -> None:
        path = self.metadata.path
        if self.metadata.batch != 1:
            raise UnsupportedModelError(f"a batch of {self.metadata.batch} ({path})", "export with batch=1")
        if self.metadata.channels != 3:
            raise UnsupportedModelError(
                f"input with {self.metadata.channels} channels ({path})", self._supported()
            )
        for program in self.metadata.programs:
            if program.precision not in PRECISIONS:
                raise UnsupportedModelError(
                    f"the precision {shorten(program.precision)} ({path})", self._supported()
                )

    def _resize(self, task: "Task") -> str:
        default, *others = task.resizes
        if self.metadata.resize not in {"", default, *others}:
            raise UnsupportedModelError(
                f"`edgegen.input.resize: {self.metadata.resize}` for a model of the task `{task.name}`"
                f" ({self.metadata.path})",
                f"export the model again with edgegen, which records `resize: {default}`",
            )
        return self.metadata.resize or default

    def _shorter_side(self, task: "Task", height: int, width: int) -> int:
        if self._resize(task) != CENTRE_CROP:
            return WHOLE_PICTURE
        side = self.metadata.shorter_side
        if side is None:
            return ultralytics_shorter_side(height, width)
        if side != WHOLE_PICTURE and side < max(height, width):
            raise self._signature.contradiction(
                f"`edgegen.input.shorter_side` is {side}",
                f"takes {height}x{width} (height x width), which does not fit into such a picture",
            )
        return side

    def _exporter(self) -> None:
        """Reject an exporter newer than the runtime, which may lack its operators."""
        version = self.metadata.executorch
        if not version:
            return
        match = re.match(r"(\d{1,6})\.(\d{1,6})", version)
        if not match:
            raise InputError(
                f"{self.metadata.path}: `edgegen.executorch` is {shorten(version)}, not a version"
            )
        if (int(match[1]), int(match[2])) > tuple(map(int, pins.EXECUTORCH_MINOR.split("."))):
            raise InputError(
                f"{self.pte} was exported with ExecuTorch {match[0]}; the runtime of the app is"
                f" {pins.EXECUTORCH}, which is older",
                "export the model again with this edgegen, or update edgegen",
            )

    def _method(self) -> Method:
        method = self.program.method(METHOD)
        if method is None:
            names = ", ".join(shorten(m.name) for m in self.program.methods[:10])
            raise InputError(f"{self.pte} has no method `{METHOD}`, only {names}", self._supported())
        if self.program.external_data:
            raise UnsupportedModelError(
                f"weights outside the .pte, in a .ptd file ({self.pte})", self._supported()
            )
        for value in (*method.inputs, *method.outputs):
            if value.kind != "tensor" or value.dtype not in {"float32", INT8} or value.dynamic:
                raise UnsupportedModelError(
                    f"inputs and outputs other than float32 tensors of a fixed shape: {value} ({self.pte})",
                    self._supported(),
                )
        return method

    def _steps(self) -> tuple[Steps | None, tuple[Steps | None, ...]]:
        """Return the steps of the input and the outputs from the `.pte`."""
        try:
            inputs, outputs = read_steps(self.program)
        except ValueError as error:
            raise UnsupportedModelError(f"{error} ({self.pte})", self._supported()) from None
        self._signature.agree("edgegen.input.int8", self.metadata.input_steps, inputs[0])
        self._signature.agree("edgegen.output.int8", self.metadata.output_steps, outputs)
        return inputs[0], outputs

    def _input(self, method: Method) -> tuple[int, int]:
        shapes = [value.shape for value in method.inputs]
        if len(shapes) != 1 or len(shapes[0]) != 4:
            raise UnsupportedModelError(f"the inputs {format_shapes(shapes)} ({self.pte})", self._supported())
        batch, channels, height, width = shapes[0]
        self._signature.agree("batch", self.metadata.batch, batch)
        self._signature.agree("channels", self.metadata.channels, channels)
        if not height or not width:
            raise InputError(f"{self.pte} takes pictures of {height}x{width} pixels")
        self._signature.agree("imgsz", self.metadata.imgsz, (height, width))
        stride = self.metadata.stride
        if stride and (height % stride or width % stride):
            raise self._signature.contradiction(
                f"`stride` is {stride}",
                f"takes {height}x{width} (height x width), which are not multiples of it",
            )
        return height, width

    def _output(
        self, task: "Task", method: Method, height: int, width: int, steps: tuple[Steps | None, ...]
    ) -> OutputSpec:
        shapes = tuple(value.shape for value in method.outputs)
        self._signature.agree("edgegen.output.shapes", self.metadata.shapes, shapes)
        output = task.read_outputs(replace(self._signature, height=height, width=width, shapes=shapes))
        for number, each in enumerate(steps):
            if each is not None and number not in output.level_tensors:
                raise UnsupportedModelError(
                    f"int8 output {number}, which does not belong to a level ({self.pte})", self._supported()
                )
        return replace(output, steps=steps if any(steps) else ())

    def _programs(self) -> tuple[Program, ...]:
        """Return the recorded programs, with the digest of the `.pte`, which must be the first one.

        The `.pte` may have another name than the recorded one, if the digest is the same.
        """
        digest, (first, *others) = self.known_sha256 or file_sha256(self.pte), self.metadata.programs
        if digest != first.sha256 and self.pte.name != (first.file or self.pte.name):
            names = ", ".join(shorten(program.file) for program in self.metadata.programs)
            raise InputError(
                f"{self.pte} is not the first program of {self.metadata.path}, which lists {names}",
                f"give {first.file}, or the metadata.yaml that was written with this .pte",
            )
        self._signature.agree("edgegen.programs.0.sha256", first.sha256 or None, digest)
        for number, program in enumerate(others, 1):
            self._check_file(number, program)
        return (replace(first, sha256=digest), *others)

    def _check_file(self, number: int, program: Program) -> None:
        """Check the file of a program after the first. A capture has no files."""
        if self.known_sha256:
            return
        path = self.pte.with_name(program.file)
        if not path.is_file():
            raise InputError(
                f"{self.metadata.path} lists the program {program.file}, and there is no {path}",
                "copy all programs of the export",
            )
        other = replace(self._signature, pte=path)
        other.agree(f"edgegen.programs.{number}.sha256", program.sha256, file_sha256(path))

    def _name(self) -> str:
        if self.metadata.display_name:
            return self.metadata.display_name
        stem = Path(self.metadata.checkpoint_name).stem
        return naming.name_from_path(
            self.pte if not stem or naming.is_generic(stem) else Path(self.metadata.checkpoint_name)
        )
