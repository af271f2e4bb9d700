"""From a `.pte` and its metadata.yaml to a ModelSpec in which nothing contradicts anything.

The `.pte` decides what is true, the metadata says what it means. Where both speak of the same thing they must
agree.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.artifacts.metadata_reader import Metadata, OwnMetadata, read_metadata
from edgegen.artifacts.pte import Method, Program, Value, read_pte
from edgegen.base import naming, pins
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.files import file_sha256
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import CONTRACTS, InputSpec, ModelSpec, OutputSpec

METHOD: Final = "forward"
TASK: Final = "detect"
OTHER_TASKS: Final = ("segment", "pose", "obb", "classify", "semantic", "depth")
OTHER_CONTRACTS: Final = ("probabilities",)
DETECTION_COLUMNS: Final = 6  # x1 y1 x2 y2 score class
_NEXT_KINDS: Final = (
    "edgegen takes detection models whose .pte returns raw heads, [1, 4 + classes, N] or [1, N, 6]"
)


def load_model_spec(pte: Path, metadata: Path) -> ModelSpec:
    """Read a model's two files and check them against each other.

    Raises:
        InputError: One of them is missing, damaged, or contradicts the other.
        UnsupportedModelError: They are sound, but of a task or contract that edgegen does not handle yet.
    """
    return check_model(pte, read_pte(pte), read_metadata(metadata))


def check_model(pte: Path, program: Program, metadata: Metadata) -> ModelSpec:
    """Return the ModelSpec of a signature and a metadata.yaml; raises what load_model_spec raises."""
    try:
        return _Check(pte, program, metadata, metadata.own or OwnMetadata()).spec()
    except InputError as error:
        error.hint = error.hint or "export the model again: edgegen export --model CHECKPOINT --output DIR"
        raise


@dataclass(frozen=True)
class _Check:
    """One pair of files under examination."""

    pte: Path
    program: Program
    metadata: Metadata
    own: OwnMetadata

    def spec(self) -> ModelSpec:
        self._task()
        self._exporter()
        method = self._method()
        height, width = self._input(method)
        output = self._output(method, height, width)
        backends = tuple(backend.name for backend in method.backends)
        self._agree(
            "edgegen.backends",
            self.own.backends and tuple(sorted(self.own.backends)),
            tuple(sorted(backends)),
        )
        return ModelSpec(
            pte=self.pte,
            metadata=self.metadata.path,
            name=self._name(),
            task=self.metadata.task,
            class_names=self.metadata.class_names,
            input=InputSpec(
                height=height,
                width=width,
                color=self.own.color,
                scale=self.own.scale,
                mean=self.own.mean,
                std=self.own.std,
                resize=self.own.resize,
                pad_value=self.own.pad_value,
            ),
            output=output,
            precision=self.own.precision,
            backends=backends,
            executorch_version=self.own.executorch,
            sha256=self._sha256(),
            license=self.metadata.license,
            description=self.metadata.description,
        )

    def _contradiction(self, said: str, found: str) -> InputError:
        return InputError(
            f"{self.metadata.path} and {self.pte} contradict each other:"
            f" the metadata says {said}, the .pte {found}",
            "use the metadata.yaml that was written with this .pte",
        )

    def _agree(self, key: str, said: object, found: object) -> None:
        """Refuse a recorded value that is not what the `.pte` has; None: nothing was recorded."""
        if said is not None and said != found:
            raise self._contradiction(f"`{key}` is {_words(said)}", f"has {_words(found)}")

    def _task(self) -> None:
        task, path = self.metadata.task, self.metadata.path
        if task in OTHER_TASKS:
            raise UnsupportedModelError(f"models for the task `{task}` ({path})", _NEXT_KINDS)
        if task != TASK:
            raise InputError(
                f"{path}: `task` is {shorten(task)}, which is none of {', '.join((TASK, *OTHER_TASKS))}"
            )
        if self.metadata.batch != 1:
            raise UnsupportedModelError(f"a batch of {self.metadata.batch} ({path})", "export with batch=1")
        if self.metadata.channels != 3:
            raise UnsupportedModelError(
                f"pictures of {self.metadata.channels} channels ({path})", _NEXT_KINDS
            )
        if self.own.precision != "float32":
            raise UnsupportedModelError(f"the precision {shorten(self.own.precision)} ({path})", _NEXT_KINDS)

    def _exporter(self) -> None:
        """The runtime may be newer than the exporter, but not older: it would lack operators."""
        version = self.own.executorch
        if not version:
            return
        match = re.match(r"(\d{1,6})\.(\d{1,6})", version)
        if not match:
            raise InputError(
                f"{self.metadata.path}: `edgegen.executorch` is {shorten(version)}, which is no version"
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
            raise InputError(f"{self.pte} has no method `{METHOD}`, only {names}", _NEXT_KINDS)
        if self.program.external_data:
            raise UnsupportedModelError(f"weights outside the .pte, in a .ptd file ({self.pte})", _NEXT_KINDS)
        for value in (*method.inputs, *method.outputs):
            if value.kind != "tensor" or value.dtype != "float32" or value.dynamic:
                raise UnsupportedModelError(
                    f"inputs and outputs other than float32 tensors of a fixed shape: {value} ({self.pte})",
                    _NEXT_KINDS,
                )
        return method

    def _input(self, method: Method) -> tuple[int, int]:
        shapes = [value.shape for value in method.inputs]
        if len(shapes) != 1 or len(shapes[0]) != 4:
            raise UnsupportedModelError(f"the inputs {_shapes(method.inputs)} ({self.pte})", _NEXT_KINDS)
        batch, channels, height, width = shapes[0]
        self._agree("batch", self.metadata.batch, batch)
        self._agree("channels", self.metadata.channels, channels)
        if not height or not width:
            raise InputError(f"{self.pte} takes pictures of {height}x{width} pixels")
        self._agree("imgsz", self.metadata.imgsz, (height, width))
        stride = self.metadata.stride
        if stride and (height % stride or width % stride):
            raise self._contradiction(
                f"`stride` is {stride}",
                f"takes {height}x{width} (height x width), which are not multiples of it",
            )
        return height, width

    def _output(self, method: Method, height: int, width: int) -> OutputSpec:
        shapes = tuple(value.shape for value in method.outputs)
        self._agree("edgegen.output.shapes", self.own.shapes, shapes)
        if self.own.contract in OTHER_CONTRACTS:
            raise UnsupportedModelError(
                f"the contract `{self.own.contract}` ({self.metadata.path})", _NEXT_KINDS
            )
        if self.own.contract not in ("", *CONTRACTS):
            raise InputError(
                f"{self.metadata.path}: `edgegen.output.contract` is {shorten(self.own.contract)},"
                f" which is none of {', '.join(CONTRACTS + OTHER_CONTRACTS)}"
            )
        output = self._output_by_shapes(shapes, height, width)
        self._agree("edgegen.output.contract", self.own.contract or None, output.contract)
        if self.metadata.end2end and output.needs_nms:
            raise self._contradiction("`end2end` is true", f"returns {_shapes(method.outputs)}")
        if self.metadata.end2end is False and not output.needs_nms:
            raise self._contradiction(
                "`end2end` is false", f"returns {_shapes(method.outputs)}, as end-to-end heads do"
            )
        if output.has_levels:
            self._agree("edgegen.output.reg_max", self.own.reg_max, output.reg_max)
            self._agree("edgegen.output.strides", self.own.strides, output.strides)
            self._agree("stride", self.metadata.stride, output.strides[-1])
        return output

    def _output_by_shapes(self, shapes: tuple[tuple[int, ...], ...], height: int, width: int) -> OutputSpec:
        if shapes and all(len(shape) == 4 for shape in shapes) and len(shapes) % 2 == 0:
            return self._raw(shapes, height, width)
        if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
            return self._one_tensor(shapes[0], height, width)
        raise UnsupportedModelError(f"the outputs {_plain(shapes)} ({self.pte})", _NEXT_KINDS)

    def _raw(self, shapes: tuple[tuple[int, ...], ...], height: int, width: int) -> OutputSpec:
        """Per level a pair [1, 4 * reg_max, h, w], [1, classes, h, w], by rising stride."""
        strides = []
        bins = shapes[0][1]
        for box, cls in zip(shapes[::2], shapes[1::2], strict=True):
            rows, columns = box[2:]
            fits = rows and columns and height % rows == 0 and width % columns == 0
            stride = height // rows if fits else 0
            if not fits or width // columns != stride or cls[2:] != box[2:] or (box[0], cls[0]) != (1, 1):
                raise InputError(
                    f"{self.pte} returns {_plain(shapes)}, which are no levels of a {height}x{width} input"
                )
            if box[1] != bins or bins % 4:
                raise InputError(
                    f"{self.pte} returns {_plain(shapes)}, where no pair is boxes and classes of a level"
                )
            self._classes(cls[1])
            strides.append(stride)
        if strides != sorted(set(strides)):
            raise InputError(f"{self.pte} returns levels of the strides {strides}, which do not rise")
        # The branches of a head have the same shapes: only the metadata can say which one it is.
        is_one_to_one = self.own.contract == "end2end" or (not self.own.contract and self.metadata.end2end)
        return OutputSpec("end2end" if is_one_to_one else "raw", shapes, bins // 4, tuple(strides))

    def _one_tensor(self, shape: tuple[int, ...], height: int, width: int) -> OutputSpec:
        """One tensor: [1, 4 + classes, N] of `decoded`, or [1, k, 6] of `detections`."""
        _, rows, count = shape
        expected = 4 + len(self.metadata.class_names)
        if count == DETECTION_COLUMNS and rows and (rows != expected or self.metadata.end2end):
            return OutputSpec("detections", (shape,), classes=len(self.metadata.class_names))
        if rows != expected and count == expected:
            raise UnsupportedModelError(
                f"outputs with a row for each box, {_plain([shape])} ({self.pte})", _NEXT_KINDS
            )
        self._classes(rows - 4)
        stride = self.metadata.stride
        if stride and not _is_pyramid(count, (height // stride) * (width // stride)):
            raise self._contradiction(
                f"`stride` is {stride}",
                f"returns {count} boxes for {height}x{width}, which such strides do not give",
            )
        return OutputSpec("decoded", (shape,))

    def _classes(self, found: int) -> None:
        said = len(self.metadata.class_names)
        if said != found:
            raise self._contradiction(f"{said} classes in `names`", f"has {found}")

    def _sha256(self) -> str:
        digest = file_sha256(self.pte)
        self._agree("edgegen.sha256", self.own.sha256 or None, digest)
        return digest

    def _name(self) -> str:
        recorded = naming.presentable(self.own.name)
        if recorded:
            return recorded
        stem = Path(self.own.checkpoint_name).stem
        return naming.model_name(
            self.pte if not stem or naming.is_generic(stem) else Path(self.own.checkpoint_name)
        )


def _is_pyramid(count: int, cells: int) -> bool:
    """Whether `count` is a sum of levels: one of `cells` cells, and any of 4, 16, 64, ... times as many.

    Those are the levels of the largest stride, of half of it, and so on: in base 4, `count / cells` has only
    the digits 0 and 1, and ends in 1.
    """
    levels, rest = divmod(count, cells)
    if rest or levels % 4 != 1:
        return False
    while levels:
        levels, digit = divmod(levels, 4)
        if digit > 1:
            return False
    return True


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_words, value))}]"
    return shorten(value) if isinstance(value, str) else str(value)


def _plain(shapes: tuple[tuple[int, ...], ...] | list[tuple[int, ...]]) -> str:
    return (
        ", ".join(str(list(shape)) for shape in shapes[:12]) + (", ..." if len(shapes) > 12 else "") or "none"
    )


def _shapes(values: tuple[Value, ...]) -> str:
    return _plain([value.shape for value in values])
