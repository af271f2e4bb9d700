"""What a project is made of, as rendering sees it: templates, folders, and what only this kind needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgegen.model.spec import ModelSpec
from edgegen.project.context import Options


@dataclass(frozen=True)
class VectorSample:
    """A second, small set of golden vectors, for a place where every byte counts."""

    folder: str  # in the project
    deflated_bytes: int  # the most that all of it takes when it is compressed


@dataclass(frozen=True)
class Several:
    """What a project has besides whose app can switch between models."""

    # Rendered for each model but the first: (template folder or file, project folder); {key} in that is the
    # model's.
    each: tuple[tuple[str, str], ...]
    template: str = ""  # rendered once into the project's root, as the target's own template is
    rendered: tuple[tuple[str, str], ...] = ()  # rendered once: (template folder, project folder)


@dataclass(frozen=True)
class App:
    """One of the apps that a target offers: its files on top of those that all apps of the target share."""

    template: str  # the folder below templates/ that is rendered
    shared: tuple[tuple[str, str], ...] = ()  # (template folder, project folder): copied byte for byte
    many_models: bool = False  # whether it can switch between models


def _no_segments(_options: Options) -> Mapping[str, str]:
    return {}


def _nothing_more(_options: Options, _project: Path) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """A kind of project. Folders are relative: template ones to templates/, project ones to the project."""

    name: str
    template: str  # the folder below templates/ that is rendered
    shared: tuple[tuple[str, str], ...]  # (template folder, project folder): copied byte for byte
    model_dir: str  # where model.pte and metadata.yaml go
    vectors_dir: str  # where the golden vectors go
    build_dirs: tuple[str, ...]  # what building leaves behind: never taken for the user's edits
    context: Callable[[ModelSpec, Options], dict[str, Any]]  # what only this target's templates need
    rendered: tuple[tuple[str, str], ...] = ()  # as `shared`, for what holds the model's numbers
    apps: Mapping[str, App] = field(default_factory=dict)  # by the names that `--app` takes
    tasks: tuple[str, ...] = ("detect",)  # whose models its templates show
    int8_borders: bool = False  # whether its apps feed a model int8, and read int8 of it
    takes: tuple[str, ...] = ()  # options of `edgegen new` that not every target has a use for
    segments: Callable[[Options], Mapping[str, str]] = _no_segments  # folders of the template that users name
    draw: Callable[[Options, Path], None] = _nothing_more  # adds to the project what no template can hold
    # Renders in the place of `template`, and returns what the project is to remember of it.
    write: Callable[[ModelSpec, Options, Path], Mapping[str, Any]] | None = None
    vector_sample: VectorSample | None = None
    several: Several | None = None  # None: its app shows one model
    ci: Mapping[str, str] = field(default_factory=dict)  # service -> the template folder that `--ci` adds
    # The files that are the user's to edit, which `edgegen new` then keeps: path -> what reads from a project
    # which values of `new`'s options stand there.
    users_files: Mapping[str, Callable[[Path], Mapping[str, str]]] = field(default_factory=dict)
