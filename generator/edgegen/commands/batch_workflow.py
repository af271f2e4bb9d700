"""The workflow that `edgegen batch --ci github` writes: the same list, a job for each project, one report."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.base.errors import InputError, NotFetchedError, RenderError, UsageError
from edgegen.base.staging import parents_of, writing_to
from edgegen.commands.batch import Batch
from edgegen.commands.batch_list import BatchList
from edgegen.commands.batch_options import words_of
from edgegen.commands.request import Request
from edgegen.project.render import templates_dir

PLACE: Final = Path(".github/workflows/edgegen-batch.yml")
MOST_JOBS: Final = 256  # of a matrix: GitHub's limit
_TEMPLATE: Final = "_ci/batch-github"
_MINUTES: Final = 30  # for a project
_HEAD: Final = """\
# Written by `edgegen batch --ci github`: a job for each model of the list, and one that gathers all reports.
# Write it anew when the list has other models. Digest of what follows, by which edits are told: {digest}
"""
_DIGEST: Final = re.compile(r"are told: ([0-9a-f]{64})\n")


@dataclass(frozen=True)
class Broken:
    """A model of the list whose job is going to fail."""

    name: str
    model: str
    why: str


def broken(listed: BatchList) -> list[Broken]:
    """Return the models that no project can be made of, as far as a look at the files tells.

    They stay in the matrix: their jobs fail, and the report says so, until they are mended or taken out. What
    Git LFS keeps is fetched there.
    """
    seen = [(item, item.wrong()) for item in listed.items]
    return [
        Broken(item.folder, item.model, wrong.message)
        for item, wrong in seen
        if wrong is not None and not isinstance(wrong, NotFetchedError)
    ]


def write_workflow(batch: Batch, listed: BatchList, path: Path = PLACE, *, pretend: bool = False) -> int:
    """Write the workflow and return how many jobs it has. The current folder is the repository's.

    Raises:
        InputError: Something of yours stands there, or was edited; or the list lies outside of this folder.
        RenderError: It cannot be written.
    """
    for each in (batch.path, batch.output, *(Path(item.model) for item in listed.items)):
        _check_inside(each)
    batch = replace(batch, options=_here(batch.options))
    jobs = shared_out([item.folder for item in listed.items])
    text = _rendered(batch, jobs, len(listed.items) * len(batch.chosen))
    if not batch.options.force:
        _check_unedited(path)
    if pretend:
        return len(jobs)
    with writing_to(path), parents_of(path):
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            aside.write_text(_with_digest(text), encoding="utf-8", newline="\n")
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    return len(jobs)


def shared_out(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what each job makes: one project; where there are more than a matrix may have, several."""
    count = min(len(names), MOST_JOBS)
    parts = [names[number::count] for number in range(count)]
    return [
        {
            "title": part[0] if len(part) == 1 else f"{part[0]} and {len(part) - 1} more",
            "names": " ".join(part),
            "projects": len(part),
        }
        for part in parts
    ]


def _rendered(batch: Batch, jobs: Sequence[dict[str, Any]], projects: int) -> str:
    from jinja2 import TemplateError

    from edgegen.base.shell import quoted
    from edgegen.project.template_filters import environment

    jinja = environment(
        templates_dir() / _TEMPLATE,
        # GitHub's own expressions have the usual ones.
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )
    ours = [target.name for target in batch.chosen if not target.is_custom]
    chosen = " ".join(f"--target {name}" for name in ours)
    options = [word for word in words_of(batch.options) if not word.startswith("--model=")]
    words = [
        quoted(_posix(batch.path), windows=False),
        *([chosen] if chosen else []),
        quoted(f"--output={_posix(batch.output)}", windows=False),
        *(quoted(option, windows=False) for option in options if option != "--force"),
        *(["--verify"] if batch.verify else []),
    ]
    each = max(job["projects"] for job in jobs) * len(batch.chosen)
    try:
        return jinja.get_template("edgegen-batch.yml.jinja").render(
            jobs=jobs,
            projects=projects,
            minutes=min(_MINUTES * each, 360),
            targets=[target.name for target in batch.chosen],
            target_options=chosen,
            output=_posix(batch.output),
            words=" ".join(words),
            verify=batch.verify,
            history=_has_tags_here(batch.options.template),
            version=__version__,
        )
    except TemplateError as error:
        raise RenderError(f"the template {_TEMPLATE} is broken: {error}") from error


def _check_inside(path: Path) -> None:
    """Refuse what a checkout of the repository has not."""
    if path.exists() and not path.resolve().is_relative_to(Path.cwd().resolve()):
        raise InputError(
            f"{path} lies outside of this folder, the repository: the workflow would not find it",
            "go to the repository's first folder, and copy it there",
        )


def _here(options: Request) -> Request:
    """Return options whose photos are named from the repository's first folder."""
    calibration, given = options.calibration, [*options.images]
    for path in (*given, *([calibration] if calibration is not None else [])):
        if not path.exists():
            raise InputError(f"there is no {path}", "each job would fail: name what is in the repository")
        _check_inside(path)
    return replace(
        options,
        template=None if options.template is None else _template_here(options.template),
        images=tuple(Path(_posix(path)) for path in given),
        calibration=None if calibration is None else Path(_posix(calibration)),
    )


def _template_here(argument: str) -> str:
    """Return a --template as it is named from the repository's first folder; an URL as it is."""
    from edgegen.project.custom_template.source import parse

    source = parse(argument)
    if source.is_url:
        return argument
    _check_inside(Path(source.address))
    return str(replace(source, address=_posix(Path(source.address))))


def _has_tags_here(template: str | None) -> bool:
    """Return whether --template names a tag of a local repository, which a plain checkout does not fetch."""
    from edgegen.project.custom_template.source import parse

    source = parse(template) if template is not None else None
    return source is not None and source.is_git and not source.is_url


def _posix(path: Path) -> str:
    """Return a path as it is from the repository's first folder."""
    whole, here = path.absolute(), Path.cwd()
    if not whole.is_relative_to(here):
        raise UsageError(f"{path} lies outside of this folder", "give a folder in the repository")
    return whole.relative_to(here).as_posix()


def _with_digest(text: str) -> str:
    return _HEAD.format(digest=hashlib.sha256(text.encode()).hexdigest()) + text


def _check_unedited(path: Path) -> None:
    """Raise InputError unless there is no such file, or one that edgegen wrote and nobody edited."""
    if not os.path.lexists(path):
        return
    hint = "name another with --output FILE.yml, or overwrite it with --force"
    if not path.is_file():
        raise InputError(f"{path} is no file", hint)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path} is there already and cannot be read", hint) from None
    digest = _DIGEST.search(text)
    if digest is None:
        raise InputError(f"{path} is there already and edgegen did not write it", hint)
    if _with_digest(text[digest.end() :]) != text:
        raise InputError(f"{path} was edited", hint)
