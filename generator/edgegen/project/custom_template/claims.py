"""The claims of a template about its projects: `_edgegen` in copier.yml, see docs/templates.md."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import InputError
from edgegen.project import file_names
from edgegen.project.manifest import inside

KEY: Final = "_edgegen"
PICTURES: Final = "{images}"  # a word of `show` that becomes one word for each picture
PYTHON: Final = "python"  # as the first word of a command: the Python that runs edgegen
RENDERED: Final = ("model_info", "vectors")  # the shared parts that are rendered: C++ constants, a README
SHARED: Final = (
    "cpp/vision",
    "cpp/support",
    "cpp/detector",
    "cpp/json",
    "cpp/capture",
    "cpp/parity",
    "cpp/nv12",
    *RENDERED,
)
_HINT: Final = "docs/templates.md describes the keys"


@dataclass(frozen=True)
class Claims:
    """The keys of `_edgegen`. All are optional."""

    tasks: tuple[str, ...] = ()  # empty: all
    model: str = "model"
    vectors: str = "vectors"
    shared: tuple[tuple[str, str], ...] = ()  # part, folder
    builds: tuple[str, ...] = ("__pycache__", ".pytest_cache", ".venv")
    test: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    next: tuple[str, ...] = ()

    def recorded(self) -> dict[str, Any]:
        """Return the claims as `.edgegen.yml` records them, which `read` takes."""
        lists = {name: list(value) for name, value in asdict(self).items() if isinstance(value, tuple)}
        return {**asdict(self), **lists, "shared": dict(self.shared)}


def read(content: Any, file: str) -> Claims:
    """Return the claims in the content of `_edgegen`.

    Raises:
        InputError: They are not what docs/templates.md describes; the message names `file`.
    """
    if content is None:
        return Claims()
    if not isinstance(content, Mapping):
        raise InputError(f"{KEY} in {file} is not a mapping: {content!r}", _HINT)
    values: dict[str, Any] = {}
    for key, value in content.items():
        where = f"{key} in {file}"
        if key in ("model", "vectors"):
            values[key] = _folder(value, where)
        elif key == "shared":
            values[key] = _shared(value, where)
        elif key in Claims.__dataclass_fields__:
            values[key] = _texts(value, where)
        else:
            _check_known(key, tuple(Claims.__dataclass_fields__), f"{KEY} in {file}")
    claims = Claims(**values)
    for task in claims.tasks:
        _check_known(task, tuple(tasks.names()), f"tasks in {file}")
    for folder in claims.builds:
        _folder(folder, f"builds in {file}")
        if folder in (claims.model, claims.vectors):
            raise InputError(
                f"builds in {file} names {folder}, which contains edgegen's own files", "leave it out"
            )
    if claims.show and not any("{image}" in word or word == PICTURES for word in claims.show):
        raise InputError(f"show in {file} does not name the picture", f"add {{image}}, or {PICTURES}")
    if claims.model == claims.vectors:
        raise InputError(
            f"model and vectors in {file} are the same folder {claims.model}", "name two folders"
        )
    return claims


def _check_known(name: Any, known: tuple[str, ...], where: str) -> None:
    if name not in known:
        raise InputError(f"{where} has the unknown name {name!r}", f"the names are: {', '.join(known)}")


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise InputError(f"{where} is not a list of texts: {value!r}", _HINT)
    return tuple(value)


def _folder(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip("./") or not inside(value):
        raise InputError(f"{where} is not a folder inside the project: {value!r}", _HINT)
    folder = PurePosixPath(value).as_posix()
    if why := file_names.problem_with(folder):
        raise InputError(f"{where} is {value!r}, which is {why}", "name another folder")
    return folder


def _shared(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise InputError(f"{where} is not a mapping: {value!r}", _HINT)
    for part in value:
        _check_known(part, SHARED, where)
    return tuple((part, _folder(folder, f"{part} of {where}")) for part, folder in value.items())
