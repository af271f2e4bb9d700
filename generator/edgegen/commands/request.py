"""The arguments of the commands that export a model, and their checks against the targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from edgegen import runtimes, sources, targets, tasks
from edgegen.artifacts.class_names import read_names
from edgegen.base import app_ids, naming
from edgegen.base.errors import InputError, UsageError
from edgegen.model.int8 import PICTURES, Int8Options
from edgegen.model.precision import FLOAT16, FLOAT32, INT8
from edgegen.model.spec import WHOLE_PICTURE, ModelSpec
from edgegen.project import option_table
from edgegen.project.context import Options
from edgegen.project.option_table import (
    BY_FIELD,
    BY_TARGET,
    DEFAULT_APP,
    FP16,
    OPTIONS,
    SWITCH,
    ExportOptions,
    ProjectOptions,
)
from edgegen.sources.description import Description
from edgegen.targets import Target

_LARGEST_SIDE = 4096  # pixels
_Request = TypeVar("_Request", bound="ExportRequest")


@dataclass(frozen=True)
class ExportRequest(ExportOptions):
    """The arguments of `edgegen export`.

    `evaluate` uses only the model and its description, `benchmark` also its precision and backends.
    """

    metadata: Path | None = None
    default_backends: tuple[str, ...] = ()  # without --backend: the targets', or a project's
    optional_backends: tuple[str, ...] = ()  # without which the export succeeds too
    required_backends: tuple[str, ...] = ()  # whose programs the targets' apps cannot do without
    int8_io: bool = False  # int8 input and outputs: set if the targets can use them
    targets: tuple[str, ...] = ()
    output: Path | None = None
    force: bool = False

    def extra_backends(self) -> tuple[str, ...]:
        """Return the backends besides XNNPACK, or raise UsageError: a model has one program for each."""
        known = runtimes.backend_names()
        for name in self.backends:
            if name not in known:
                raise UsageError(f"there is no --backend {name!r}", f"there is: {', '.join(known)}")
        variants: dict[tuple[str, ...], str] = {}
        for name in (*self.backends, *self.default_backends, *self.required_backends):
            if name == runtimes.default_backend().name:
                continue
            other = variants.setdefault(runtimes.find_backend(name).family, name)
            if other != name:
                raise UsageError(
                    f"--backend {other} and --backend {name} are variants of one backend", "give one of them"
                )
        return tuple(variants.values())

    def description(self) -> Description:
        """Return what the options say about the model's file, checked."""
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
        for value in self.mean or ():
            if not 0 <= value <= 1:
                raise UsageError(
                    f"--mean has {value:g}, and channels are from 0 to 1",
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
        """Return the checked options of int8; None for float32 and float16."""
        if self.precision != INT8:
            precision = FLOAT16 if self.precision == FP16 else FLOAT32
            for name in option_table.INT8_ONLY:
                if BY_FIELD[name].texts(getattr(self, name)):
                    raise UsageError(
                        f"{BY_FIELD[name].spelled} has no effect for {precision}",
                        "leave it out, or give --precision int8",
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
            int8_io=self.int8_io,
        )
        if not self.calibration.exists():
            raise InputError(f"the calibration photos {self.calibration} do not exist", "check the path")
        return options

    def paths(self) -> dict[str, str]:
        """Return the options that are recorded and that are paths."""
        given = {name: getattr(self, name) for name in option_table.PATHS}
        return {name: str(path) for name, path in given.items() if path is not None}

    def record(self, options: Options | None = None) -> dict[str, Any]:
        """Return the model and the options as `.edgegen.yml` records them. options: the app's, checked."""
        ids = {} if options is None else {name: getattr(options, name) for name in BY_TARGET}
        return {"model": self.model, **option_table.to_record({**vars(self), **ids})}


@dataclass(frozen=True)
class TemplateRecord:
    """The record of a project's custom template; empty for a new project."""

    version: str = ""  # a tag, or git's name of a commit; "" for a folder
    commit: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)  # the answers of --data
    secrets: tuple[str, ...] = ()  # answered questions whose answers are not recorded


@dataclass(frozen=True)
class Request(ProjectOptions, ExportRequest):
    """The arguments of `edgegen new`."""

    pretend: bool = False
    template: str | None = None  # a custom template, instead of targets
    data: tuple[tuple[str, str], ...] = ()  # answers to its questions, as typed
    template_record: TemplateRecord = field(default_factory=TemplateRecord)
    trust: bool = False  # the template may run programs
    ask: bool = False  # the template may ask on the terminal
    extra_models: tuple[str, ...] = ()  # the MODEL arguments after the first, of an app with several models

    def arguments(self) -> list[str]:
        """Return the arguments as typed, in the form --option=value: a value may begin with a dash."""
        words = [f"--model={self.model}"] if self.model else []
        words += [f"--target={name}" for name in self.targets]
        for option in OPTIONS:
            for text in option.texts(getattr(self, option.field)):
                if option.kind != SWITCH:
                    words.append(f"{option.spelled}={text}")
                elif self.precision == INT8:
                    words.append(option.spelled)
        words += [f"--template={self.template}"] if self.template is not None else []
        words += [f"--data={name}={value}" for name, value in self.data]
        words += [f"--output={self.output}"] if self.output is not None else []
        words += ["--trust"] if self.trust else []
        return [*words, "--force"] if self.force else words


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


def check_target_options(request: Request, selected: list[Target], *, is_update: bool = False) -> None:
    """Raise UsageError for an option that no target has. is_update: of a project, which keeps its target."""
    names = " and ".join(target.name for target in selected)
    for option in BY_TARGET:
        value = getattr(request, option)
        if value is not None and not any(option in target.options for target in selected):
            takers = [target.name for target in targets.find_all([targets.ALL]) if option in target.options]
            alternative = f", or add --target {' or '.join(takers)}"
            if is_update:
                alternative = ": a project keeps its target"
            elif selected[0].is_custom:  # a template cannot be combined with a target
                alternative = ""
            raise UsageError(
                f"{BY_FIELD[option].spelled} has no effect for {names}", f"leave it out{alternative}"
            )
    for backend in request.extra_backends():
        if not any(backend in target.backends for target in selected):
            raise UsageError(f"--backend {backend} has no effect for {names}", "leave it out")
    if request.extra_backends() and request.extra_models:
        raise UsageError(
            f"--backend {request.extra_backends()[0]} is for an app with one model",
            "leave it out: an app with several models uses XNNPACK",
        )
    check_target_precision(request.precision, selected)
    services = sorted({service for target in selected for service in target.ci})
    if request.ci is not None and request.ci not in services:
        raise UsageError(f"there is no --ci {request.ci!r}", f"there is: {', '.join(services)}")


def check_target_precision(precision: str | None, selected: Sequence[Target]) -> None:
    """Raise UsageError if a target has no models of a precision."""
    for target in selected:
        why = why_no_precision(target, precision)
        if why:
            smaller = "--precision int8 is smaller; programs for GPUs (--backend) are fp16 already"
            hint = f"leave it out. {smaller}" if precision == FP16 else "leave out --precision int8"
            raise UsageError(f"{target.name} has no {precision} models: {why}", hint)


def why_no_precision(target: Target, precision: str | None) -> str:
    """Return why a target has no models of a precision; "" if it has."""
    if precision == INT8:
        return target.why_no_int8
    required = map(runtimes.find_backend, target.required_backends)
    if precision == FP16 and not any(FLOAT16 in backend.precisions[1:] for backend in required):
        return "ExecuTorch cannot store the float16 weights of a model.pte in float32"
    return ""


def is_named(request: ExportRequest, target: Target) -> bool:
    """Return whether the user named a target, or its template. Others come from `--target all`."""
    return target.is_custom or target.name in request.targets


def for_targets(request: _Request, selected: Sequence[Target]) -> _Request:
    """Return the request with the backends of its targets' programs, and whether their apps take int8 input.

    The apps of named targets need the required backends: the export fails if one of them fails. The default
    backends are optional: the export notes a failure and goes on. These are the defaults of each target
    without a --backend, and the required backends of each target of `--target all`, which is left out if its
    backend fails.
    """
    default, required = list[str](), list[str]()
    for target in selected:
        chosen = {*target.backends, runtimes.default_backend().name}.intersection(request.backends)
        default += () if chosen else target.default_backends
        (required if is_named(request, target) else default).extend(target.required_backends)
    if isinstance(request, Request):
        default = [] if request.extra_models else default
        request = replace(request, int8_io=all(target.int8_io for target in selected))
    return replace(
        request,
        default_backends=tuple(dict.fromkeys(default)),
        required_backends=tuple(dict.fromkeys(required)),
    )


def project_options(request: Request, selected: list[Target], default_name: str) -> Options:
    """Return the options of the projects, checked without the model."""
    name = naming.check_display_name(default_name if request.name is None else request.name)
    takes = {option for target in selected for option in target.options}
    package, bundle_id = request.package, request.bundle_id
    package = app_ids.default_package(name) if package is None else package
    bundle_id = app_ids.default_bundle_id(name) if bundle_id is None else bundle_id
    package = app_ids.check_package(package) if "package" in takes else ""
    bundle_id = app_ids.check_bundle_id(bundle_id) if "bundle_id" in takes else ""
    app = request.app or DEFAULT_APP
    if len(selected) == 1:
        app = selected[0].app_for(app)
    for target in selected:
        if target.apps and target.app_for(app) not in target.apps:
            raise UsageError(
                f"there is no --app {app!r} for {target.name}", f"there is: {', '.join(target.apps)}"
            )
    return Options(
        name,
        naming.slug(name),
        request.confidence,
        request.iou,
        request.max_det,
        package=package,
        bundle_id=bundle_id,
        ci=request.ci or "",
        app=app if any(target.apps for target in selected) else "",  # "": a custom template
    )


def ignored_options(
    target: Target, name: str, project: Path, staged: Path, typed: Mapping[str, Any]
) -> Iterator[str]:
    """Yield a message for each typed option whose file belongs to the user and is not changed."""
    read = target.users_files[name]
    present, rendered = read(project), read(staged)
    for option, value in rendered.items():
        if typed.get(option) is not None and present.get(option) != value:
            spelled, current = option.replace("_", "-"), present.get(option) or "nothing"
            yield (
                f"--{spelled} {typed[option]} is not written to {project / name}, which says {current}: "
                "change it there"
            )
