"""The arguments of `edgegen new` and `edgegen export`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgegen import runtimes, sources, tasks
from edgegen.artifacts.class_names import read_names
from edgegen.base.errors import InputError, UsageError
from edgegen.model.int8 import PICTURES, Int8Options
from edgegen.model.precision import INT8
from edgegen.model.spec import WHOLE_PICTURE, ModelSpec
from edgegen.project import option_record, option_table
from edgegen.project.context import Options
from edgegen.project.option_table import BY_FIELD, BY_TARGET, CONFIDENCE, IOU, MAX_DET, OPTIONS, SWITCH
from edgegen.sources.description import Description

_LARGEST_SIDE = 4096  # pixels


@dataclass(frozen=True)
class ExportRequest:
    """The arguments of `edgegen export`. None: not set."""

    model: str
    metadata: Path | None = None
    imgsz: tuple[int, int] | None = None  # height, width
    head: str | None = None
    images: tuple[Path, ...] = ()
    backends: tuple[str, ...] = ()  # of --backend
    usual_backends: tuple[str, ...] = ()  # without --backend: the targets', or a project's
    optional_backends: tuple[str, ...] = ()  # without which the export succeeds too
    required_backends: tuple[str, ...] = ()  # whose programs the targets' apps cannot do without
    task: str | None = None
    arch: str | None = None  # LIBRARY:NAME
    names: Path | None = None
    resize: int | str | None = None  # the shorter side, or STRETCH
    crop: int | None = None
    interpolation: str | None = None
    color: str | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    precision: str | None = None  # FP32, FP16 or int8
    calibration: Path | None = None
    calibration_images: int | None = None
    max_loss: float | None = None
    keep_float: tuple[str, ...] = ()
    sensitivity: bool = False
    int8_borders: bool = False  # int8 input and outputs: set if the targets can use them
    targets: tuple[str, ...] = ()
    output: Path | None = None
    force: bool = False

    def further_backends(self) -> tuple[str, ...]:
        """Return the backends besides XNNPACK.

        Raises:
            UsageError: There is no such backend, or two are variants of one: a model has one program of each.
        """
        known = runtimes.backend_names()
        for name in self.backends:
            if name not in known:
                raise UsageError(f"there is no --backend {name!r}", f"there is: {', '.join(known)}")
        variants: dict[tuple[str, ...], str] = {}
        for name in (*self.backends, *self.usual_backends, *self.required_backends):
            if name == runtimes.default_backend().name:
                continue
            backend = runtimes.find_backend(name)
            other = variants.setdefault((backend.runtime, *backend.delegates), name)
            if other != name:
                raise UsageError(
                    f"--backend {other} and --backend {name} are variants of one backend", "give one of them"
                )
        return tuple(variants.values())

    def description(self) -> Description:
        """Return what the options say about the model's file.

        Raises:
            UsageError: A value is out of range.
            InputError: The file of names cannot be used.
        """
        if self.task is not None and self.task not in tasks.names():
            raise UsageError(f"--task is {self.task!r}", f"the tasks are: {', '.join(tasks.names())}")
        if self.arch is not None:
            library, _, name = self.arch.partition(":")
            known = [each for each in sources.names() if getattr(sources.find(each), "architectures", False)]
            if library not in known or not name:
                raise UsageError(
                    f"--arch is {self.arch!r}",
                    f"give {' or '.join(known)} and its name for the model: torchvision:resnet18",
                )
        for option, side in (("--resize", self.resize), ("--crop", self.crop)):
            if isinstance(side, int) and not 1 <= side <= _LARGEST_SIDE:
                raise UsageError(f"{option} is {side}", f"give a side of 1 to {_LARGEST_SIDE} pixels")
        if self.mean is not None and not all(0 <= value <= 1 for value in self.mean):
            raise UsageError(
                f"--mean has {max(self.mean, key=abs):g}, and channels are from 0 to 1",
                "divide numbers for 0 to 255 by 255, for --std too",
            )
        if self.std is not None and min(self.std) <= 0:
            raise UsageError(
                f"--std has {min(self.std):g}, but must be above 0", "give the training's three values"
            )
        return Description(
            metadata=self.metadata,
            task=self.task or "",
            architecture=self.arch or "",
            class_names=() if self.names is None else read_names(self.names),
            shorter_side=WHOLE_PICTURE if isinstance(self.resize, str) else self.resize,
            crop=self.crop,
            interpolation=self.interpolation,
            color=self.color,
            mean=self.mean,
            std=self.std,
        )

    def int8(self) -> Int8Options | None:
        """Return the checked options of int8; None for float32.

        Raises:
            InputError: The photos are missing.
            UsageError: Int8 lacks photos, a value is out of range, or an option is for int8 only.
        """
        if self.precision != INT8.name:
            for name in option_table.INT8_ONLY:
                if BY_FIELD[name].texts(getattr(self, name)):
                    raise UsageError(
                        f"{BY_FIELD[name].spelled} has no effect for float32", "add --precision int8"
                    )
            return None
        if self.calibration is None:
            raise UsageError(
                "--precision int8 needs --calibration: the photos set the value ranges of the layers",
                "--calibration photos/ takes a folder, a text file of paths, or a data.yaml",
            )
        pictures = PICTURES if self.calibration_images is None else self.calibration_images
        options = Int8Options(
            self.calibration,
            pictures,
            self.max_loss,
            self.keep_float,
            self.sensitivity,
            at_borders=self.int8_borders,
        )
        if not self.calibration.exists():
            raise InputError(f"the calibration photos {self.calibration} do not exist", "check the path")
        return options

    def paths(self) -> dict[str, str]:
        """Return the options that are recorded and that are paths."""
        given = {name: getattr(self, name) for name in option_table.PATHS}
        return {name: str(path) for name, path in given.items() if path is not None}

    def record(self) -> dict[str, Any]:
        """Return the model and the options as `.edgegen.yml` records them."""
        return {"model": self.model, **option_record.to_record(vars(self))}


def description_again(request: ExportRequest, spec: ModelSpec) -> Description:
    """Return the description of a project's checkpoint. What its name once said is in the metadata."""
    described = request.description()
    if described.architecture or not spec.given_architecture:
        return described
    names = described.class_names or spec.class_names
    return replace(described, architecture=spec.given_architecture, class_names=names)


def description_of(options: Mapping[str, Any]) -> Description:
    """Return what the options of a command line say about the model's file."""
    fields = ("metadata", *(option.field for option in option_table.of_concern(option_table.DESCRIBED)))
    return ExportRequest("", **{field: options[field] for field in fields}).description()


@dataclass(frozen=True)
class TemplateRecord:
    """The record of a project's custom template; empty for a new project."""

    version: str = ""  # a tag, or git's name of a commit; "" for a folder
    commit: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)  # the answers of --data
    secrets: tuple[str, ...] = ()  # answered questions whose answers are not recorded


@dataclass(frozen=True)
class Request(ExportRequest):
    """The arguments of `edgegen new`."""

    name: str | None = None
    package: str | None = None
    bundle_id: str | None = None
    app: str | None = None
    ci: str | None = None
    confidence: float = CONFIDENCE
    iou: float = IOU
    max_det: int = MAX_DET
    classes: str | None = None
    skeleton: str | None = None
    pretend: bool = False
    template: str | None = None  # a custom template, instead of targets
    data: tuple[tuple[str, str], ...] = ()  # answers to its questions, as typed
    template_record: TemplateRecord = field(default_factory=TemplateRecord)
    trust: bool = False  # the template may run programs
    ask: bool = False  # the template may ask on the terminal
    more: tuple[str, ...] = ()  # the further MODEL arguments of an app with several models

    def record_of(self, options: Options) -> dict[str, Any]:
        """Return the record with the checked ids of the app."""
        ids = {name: getattr(options, name) for name in BY_TARGET}
        return {"model": self.model, **option_record.to_record({**vars(self), **ids})}

    def arguments(self) -> list[str]:
        """Return the arguments as typed, in the form --option=value: a value may begin with a dash."""
        words = [f"--model={self.model}"] if self.model else []
        words += [f"--target={name}" for name in self.targets]
        for option in OPTIONS:
            for text in option.texts(getattr(self, option.field)):
                if option.kind != SWITCH:
                    words.append(f"{option.spelled}={text}")
                elif self.precision == INT8.name:
                    words.append(option.spelled)
        words += [f"--template={self.template}"] if self.template is not None else []
        words += [f"--data={name}={value}" for name, value in self.data]
        words += [f"--output={self.output}"] if self.output is not None else []
        words += ["--trust"] if self.trust else []
        return [*words, "--force"] if self.force else words
