"""The claims of a template about its projects: `_edgegen` in copier.yml, see docs/templates.md."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from edgegen import tasks
from edgegen.artifacts.fields import SOME_TEXT, TEXTS, Fields, key
from edgegen.base.errors import InputError
from edgegen.model.spec import RESIZES
from edgegen.project.custom_template import file_names

KEY: Final = "_edgegen"
PICTURES: Final = "{images}"  # a word of `show` that becomes one word for each picture
PYTHON: Final = "python"  # as the first word of a command: the Python that runs edgegen
JS: Final = "js/vision"  # the core in JavaScript, which runs the ONNX model
_CPP: Final = ("vision", "support", "detector", "json", "capture", "parity", "stored")
SHARED: Final = (*(f"cpp/{part}" for part in _CPP), "model_info", "vectors", JS)


@dataclass(frozen=True)
class Claims:
    """The keys of `_edgegen`. All are optional."""

    tasks: tuple[str, ...] = key("tasks", TEXTS, ())  # empty: all
    resizes: tuple[str, ...] = key("resizes", TEXTS, ())  # of a model's input; empty: all
    model: str = key("model", SOME_TEXT, "model")
    vectors: str = key("vectors", SOME_TEXT, "vectors")
    shared: tuple[tuple[str, str], ...] = ()  # part, folder
    builds: tuple[str, ...] = key("builds", TEXTS, ("__pycache__", ".pytest_cache", ".venv"))
    test: tuple[str, ...] = key("test", TEXTS, ())
    show: tuple[str, ...] = key("show", TEXTS, ())
    next: tuple[str, ...] = key("next", TEXTS, ())

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that edgegen fills."""
        return (self.model, self.vectors, *(folder for _, folder in self.shared))

    def recorded(self) -> dict[str, Any]:
        """Return the claims as `.edgegen.yml` records them, which `read` takes."""
        lists = {name: list(value) for name, value in asdict(self).items() if isinstance(value, tuple)}
        return {**asdict(self), **lists, "shared": dict(self.shared)}


def read(content: Any, file: str) -> Claims:
    """Return the claims in the content of `_edgegen`."""
    fields = Fields(Path(file), {KEY: {} if content is None else content}).mapping(KEY)
    values, shared = fields.read(Claims), fields.mapping("shared")
    values |= {name: _plain(values[name]) for name in ("model", "vectors")}
    parts = tuple((part, _plain(shared.required(part, SOME_TEXT))) for part in shared.values)
    claims = Claims(**values, shared=parts)
    _check_known(fields.values, Claims.__dataclass_fields__, f"{KEY} in {file}")
    _check_known(shared.values, SHARED, f"shared in {file}")
    _check_known(claims.tasks, tasks.names(), f"tasks in {file}")
    _check_known(claims.resizes, RESIZES, f"resizes in {file}")
    for folder in (*claims.folders, *claims.builds):
        if why := file_names.problem_with(folder):
            raise InputError(f"{KEY} in {file} names the folder {folder!r}, which is {why}", "name another")
    mine = {claims.model, claims.vectors}  # also not removed as build output
    if len(mine) < 2 or mine.intersection(claims.builds):
        raise InputError(f"model, vectors and builds in {file} share a folder", "give each its own folder")
    if claims.show and not any("{image}" in word or word == PICTURES for word in claims.show):
        raise InputError(f"show in {file} does not name the picture", f"add {{image}}, or {PICTURES}")
    return claims


def _plain(folder: str) -> str:
    return PurePosixPath(folder).as_posix()


def _check_known(names: Iterable[Any], known: Iterable[str], where: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{where} has the unknown name {name!r}", f"the names are: {', '.join(known)}")
