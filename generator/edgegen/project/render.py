"""Render templates into a project.

A file with the suffix `.jinja` is rendered and loses the suffix. Every other file is copied byte for byte.
"""

import re
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import RenderError
from edgegen.project.task_files import is_needed

SUFFIX: Final = ".jinja"
_LINES_OF: Final = re.compile(r"@lines\(([^)\n]+)\)")  # in a README: a file's number of lines


@cache
def templates_dir() -> Path:
    """Return the folder of all templates: in the wheel, or at the root of an editable checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "templates", package.parents[1] / "templates"):
        if (folder / "_shared").is_dir():
            return folder
    raise RenderError(
        f"edgegen's templates are missing next to {package}", "install edgegen again: it is damaged"
    )


def render(
    template: str,
    context: Mapping[str, Any],
    folder: Path,
    segments: Mapping[str, str] | None = None,
    task: str | None = None,
    contracts: Collection[str] = (),
    resizes: Collection[str] = (),
) -> None:
    """Render a folder or file below `templates_dir` into a folder.

    With the task, contracts and resizes of an app's models, only the files that they need.

    A part of a path that is a key of `segments` becomes its value, which may be several folders:
    `kotlin/__package__/R.kt` -> `kotlin/org/example/R.kt`.

    Raises:
        RenderError: A template is broken, or uses an undefined name: a bug of edgegen.
        OSError: A file cannot be written.
    """
    from jinja2 import TemplateError

    from edgegen.project.template_filters import environment

    source = templates_dir() / template
    jinja = environment(source.parent if source.is_file() else source)
    for path, name in _files(template, task, contracts, resizes):
        parts = name.removesuffix(SUFFIX).split("/")
        destination = folder.joinpath(*((segments or {}).get(part, part) for part in parts))
        if not name.endswith(SUFFIX):
            _copy(path, destination)
            continue
        try:
            text = jinja.get_template(name).render(context)
        except TemplateError as error:
            raise RenderError(
                f"the template {template}/{name} is broken: {error}",
                "this is a bug in edgegen, or in the package that adds the target: please report it",
            ) from error
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_text(text, encoding="utf-8", newline="\n")
        _keep_executable(path, destination)


def render_page(template: str, context: Mapping[str, Any], **settings: Any) -> str:
    """Return the text of a template below `templates_dir` that is no file of a project.

    settings: of `template_filters.environment`. RenderError if the template is broken.
    """
    from jinja2 import TemplateError

    from edgegen.project.template_filters import environment

    jinja = environment(templates_dir(), **settings)
    try:
        return jinja.get_template(template).render(context)
    except TemplateError as error:
        raise RenderError(
            f"the template {template} is broken: {error}", "this is a bug in edgegen: please report it"
        ) from error


def fill_in_line_counts(readme: Path) -> None:
    """Replace each `@lines(PATH)` in a README by the number of lines of that file of the project."""
    text = readme.read_text(encoding="utf-8")

    def count(match: re.Match[str]) -> str:
        try:
            return str(len((readme.parent / match[1]).read_text(encoding="utf-8").splitlines()))
        except FileNotFoundError as error:
            raise RenderError(
                f"{readme.name} counts the lines of {match[1]}, which does not exist",
                "correct `@lines` in the README of the template",
            ) from error

    readme.write_text(_LINES_OF.sub(count, text), encoding="utf-8", newline="\n")


def copy_template(template: str, folder: Path) -> None:
    """Copy a folder below `templates_dir` byte for byte, with the suffixes."""
    for path, name in _files(template):
        _copy(path, folder / name)


def _files(
    template: str, task: str | None = None, contracts: Collection[str] = (), resizes: Collection[str] = ()
) -> Iterator[tuple[Path, str]]:
    """Yield each file of a template that an app's models need, with its path in the template."""
    source = templates_dir() / template
    folder, paths = (source.parent, [source]) if source.is_file() else (source, sorted(source.rglob("*")))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and (task is None or is_needed(template, name, task, contracts, resizes)):
            yield path, name


def _copy(source: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)
    _keep_executable(source, copy)


def _keep_executable(source: Path, copy: Path) -> None:
    """Make a copy executable if its source is, for those who may read it by the user's umask."""
    if source.stat().st_mode & stat.S_IXUSR:
        mode = copy.stat().st_mode
        copy.chmod(mode | (mode & 0o444) >> 2)
