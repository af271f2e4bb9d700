"""What a template says of its projects: `_edgegen` in its copier.yml. All of it may be left out.

- `tasks`: a list, whose models its projects show (every task)
- `model`, `vectors`: the folders of model.pte and metadata.yaml, and of the golden vectors (these names)
- `shared`: part -> folder, edgegen's own sources that come along: `cpp/vision: src/vision` (none)
- `builds`: a list, folders that building or running leaves behind (those of Python)
- `test`: a list of words, which runs the project's own tests; `python` is the one that runs edgegen (none)
- `show`: a list of words, which prints JSON for `{image}`, or for all `{images}` at once, with the thresholds
  `{conf}`, `{iou}` and `{max_det}` (none)
- `next`: a list of lines, to type in a new project (none)
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import InputError
from edgegen.project import file_names
from edgegen.project.manifest import inside

KEY: Final = "_edgegen"
PICTURES: Final = "{images}"  # a word of `show` that becomes one for each picture
PYTHON: Final = "python"  # as the first word of a command: the one that runs edgegen
MODEL_INFO: Final = "model_info"  # the shared part that is rendered: a model's constants as C++
SHARED: Final = (
    "cpp/vision",
    "cpp/support",
    "cpp/detector",
    "cpp/capture",
    "cpp/parity",
    "cpp/nv12",
    "vectors",
    MODEL_INFO,
)
_OF_PYTHON: Final = ("__pycache__", ".pytest_cache", ".venv")
_HINT: Final = "docs/templates.md says what may stand there"


@dataclass(frozen=True)
class Claims:
    """What a template says of its projects."""

    tasks: tuple[str, ...] = ()  # empty: all
    model: str = "model"
    vectors: str = "vectors"
    shared: tuple[tuple[str, str], ...] = ()
    builds: tuple[str, ...] = _OF_PYTHON
    test: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    next: tuple[str, ...] = ()

    def shown_tasks(self) -> tuple[str, ...]:
        """Return the tasks whose models its projects show."""
        return self.tasks or tuple(tasks.names())

    def recorded(self) -> dict[str, Any]:
        """Return it as `.edgegen.yml` keeps it, which `read` takes."""
        plain = {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }
        return {**plain, "shared": dict(self.shared)}


def read(content: Any, where: str) -> Claims:
    """Read what stands under `_edgegen`; `where` names the file.

    Raises:
        InputError: It is not what docs/templates.md says.
    """
    if content is None:
        return Claims()
    if not isinstance(content, Mapping):
        raise InputError(f"{KEY} in {where} is no mapping: {content!r}", _HINT)
    unknown = sorted(str(key) for key in content if key not in Claims.__dataclass_fields__)
    if unknown:
        known = ", ".join(Claims.__dataclass_fields__)
        raise InputError(f"{KEY} in {where} has {unknown[0]!r}, which means nothing", f"there is: {known}")
    said: dict[str, Any] = {}
    for key in ("tasks", "builds", "test", "show", "next"):
        if key in content:
            said[key] = _texts(content[key], key, where)
    for key in ("model", "vectors"):
        if key in content:
            said[key] = _folder(content[key], key, where)
    if "shared" in content:
        said["shared"] = _shared(content["shared"], where)
    claims = Claims(**said)
    _check_tasks(claims, where)
    for name in claims.builds:
        _folder(name, "builds", where)
    if claims.show and not any("{image}" in word or word == PICTURES for word in claims.show):
        raise InputError(
            f"show in {where} does not say where the picture goes", f"write {{image}} there, or {PICTURES}"
        )
    left_behind = {*claims.builds} & {claims.model, claims.vectors}
    if left_behind:
        raise InputError(
            f"builds in {where} names {left_behind.pop()}, which holds edgegen's own: builds may be removed",
            "name another folder",
        )
    if claims.model == claims.vectors:
        raise InputError(f"model and vectors in {where} are one folder: {claims.model}", "name two")
    return claims


def _check_tasks(claims: Claims, where: str) -> None:
    known = tasks.names()
    for name in claims.tasks:
        if name not in known:
            raise InputError(f"tasks in {where} has {name!r}, which is none", f"there is: {', '.join(known)}")


def _texts(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise InputError(f"{key} in {where} is no list of texts: {value!r}", _HINT)
    return tuple(value)


def _folder(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip("./") or not inside(value):
        raise InputError(f"{key} in {where} is no folder inside the project: {value!r}", _HINT)
    folder = PurePosixPath(value).as_posix()
    if why := file_names.refusal(folder):
        raise InputError(f"{key} in {where} is {value!r}, which is {why}", "name another folder")
    return folder


def _shared(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise InputError(f"shared in {where} is no mapping: {value!r}", _HINT)
    for part in value:
        if part not in SHARED:
            raise InputError(
                f"shared in {where} has {part!r}, which is no part", f"there is: {', '.join(SHARED)}"
            )
    return tuple((part, _folder(folder, f"shared: {part}", where)) for part, folder in value.items())
