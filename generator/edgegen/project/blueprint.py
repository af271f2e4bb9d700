"""A blueprint: the templates, folders and values of a kind of project."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgegen import runtimes
from edgegen.model.spec import ModelSpec
from edgegen.project.context import Options
from edgegen.project.option_table import BY_FIELD, BY_TARGET
from edgegen.project.task_files import TASKS

Folders = tuple[tuple[str, str], ...]  # template folder or file -> project folder


@dataclass(frozen=True)
class VectorSample:
    """A small set of golden vectors inside the app."""

    folder: str  # in the project
    deflated_bytes: int  # its largest compressed size


@dataclass(frozen=True)
class MultiModel:
    """Further files of a project whose app can switch between models."""

    each: Folders  # rendered for each model after the first; the project folder contains {key}
    template: str = ""  # rendered once into the project's root
    rendered: Folders = ()  # rendered once


@dataclass(frozen=True)
class App:
    """An app of a target: its files, besides those of all apps of the target."""

    template: str  # the folder below templates/ that is rendered
    rendered: Folders = ()
    many_models: bool = False  # whether it can switch between models


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """A kind of project. Project folders are relative to the project.

    Template folders are relative to templates/. Those of third-party packages are absolute.
    """

    name: str
    template: str  # the folder that is rendered
    rendered: Folders = ()  # sources that targets share, each with its folder
    model_dir: str  # of model.pte and metadata.yaml
    vectors_dir: str  # of the golden vectors
    # A pattern of what its build tools cannot take in the names of the project's path.
    not_in_path: str = ""
    build_dirs: tuple[str, ...]  # build output, which is not the user's
    apps: Mapping[str, App] = field(default_factory=dict)  # by the value of `--app`
    tasks: tuple[str, ...] = TASKS  # that its templates show
    resizes: tuple[str, ...] = ()  # of `model.spec.RESIZES`, which its apps have; empty: all
    int8_io: bool = False  # whether its apps can feed a model int8, and read int8 outputs
    options: tuple[str, ...] = ()  # the options of `edgegen new` that depend on the target
    # Renders a project instead of `template`, and returns options to record.
    write: Callable[[ModelSpec, Options, Path], Mapping[str, Any]] | None = None
    vector_sample: VectorSample | None = None
    backends: tuple[str, ...] = ()  # whose programs its app can use besides XNNPACK's
    default_backends: tuple[str, ...] = ()  # those of a project without --backend
    required_backends: tuple[str, ...] = ()  # without whose programs its app does not run
    why_no_int8: str = ""  # why its projects have no int8 model; "": they may have one
    libraries: tuple[str, ...] = ()  # the folders that `add_libraries` fills, which are never merged
    # Rendered only if there is a program that the app can do without: it selects the fastest correct one.
    selection_template: str = ""
    multi_model: MultiModel | None = None  # None: its app shows one model
    ci: Mapping[str, str] = field(default_factory=dict)  # value of `--ci` -> template folder
    # Files for the user to edit, which `edgegen new` keeps: path -> reader of the options that it contains.
    users_files: Mapping[str, Callable[[Path], Mapping[str, str]]] = field(default_factory=dict)

    def app_for(self, app: str) -> str:
        """Return the app that is made if this one is wanted: the only one, if the target has one."""
        return next(iter(self.apps)) if len(self.apps) == 1 else app

    def context(self, spec: ModelSpec, options: Options) -> dict[str, Any]:
        """Return further values for the templates of this target."""
        return {}

    def segments(self, options: Options) -> dict[str, str]:
        """Return placeholders in the template's paths, and the folders that replace them."""
        return {}

    def draw(self, options: Options, project: Path) -> None:
        """Add pictures to the project."""

    def add_libraries(self, spec: ModelSpec, project: Path, existing: Path) -> None:
        """Copy third-party files into the project, also from an existing one in its place.

        Raises:
            ToolchainError: They were not fetched.
        """


def options_of(targets: Collection[Blueprint], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options without those, and without the backends, of other targets.

    options: fields of a Request, or a record of `.edgegen.yml`.
    """
    taken = {name for target in targets for name in target.options}
    usable_backends = {runtimes.default_backend().name}.union(*(target.backends for target in targets))
    backends = BY_FIELD["backends"]
    kept = {}
    for name, value in options.items():
        if name in BY_TARGET and name not in taken:
            continue
        if name in (backends.field, backends.key):
            usable = [each for each in value if each in usable_backends]
            if usable:
                kept[name] = tuple(usable) if name == backends.field else usable
        else:
            kept[name] = value
    return kept
