"""The workflow that `edgegen batch --ci github` writes: a job for each model, and one for the report."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.base.errors import InputError, NotFetchedError, RenderError, UsageError
from edgegen.base.files import write_whole
from edgegen.base.staging import parents_of, writing_to
from edgegen.base.text import first_of
from edgegen.commands.batch import Batch
from edgegen.commands.batch_list import BatchList
from edgegen.commands.request import Request
from edgegen.project.render import templates_dir

PLACE: Final = Path(".github/workflows/edgegen-batch.yml")
MOST_JOBS: Final = 256  # of a matrix: GitHub's limit
_TEMPLATE: Final = "_ci/batch-github"
_MINUTES: Final = 30  # for a project
_HEAD: Final = """\
# Written by `edgegen batch --ci github`: a job for each model of the list, and one for the report.
# Write it again when the list changes. Digest of the text below, to detect edits: {digest}
"""
_DIGEST: Final = re.compile(r"# .*Digest of .*: ([0-9a-f]{64})\n")


@dataclass(frozen=True)
class Broken:
    """A model of the list whose job will fail."""

    name: str
    model: str
    why: str


def broken(listed: BatchList) -> list[Broken]:
    """Return the models whose files are broken.

    They stay in the matrix: their jobs fail, and the report says so. The jobs fetch files of Git LFS.
    """
    errors = [(item, item.error()) for item in listed.items]
    return [
        Broken(item.folder, item.model, error.message)
        for item, error in errors
        if error is not None and not isinstance(error, NotFetchedError)
    ]


def write_workflow(batch: Batch, listed: BatchList, path: Path = PLACE, *, pretend: bool = False) -> int:
    """Write the workflow, and return its number of jobs. The current folder is the repository's root.

    Raises:
        InputError: The file is the user's or was edited, or the list is outside of this folder.
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
        write_whole(path, (_HEAD.format(digest=_sha256(text)) + text).encode())
    return len(jobs)


def shared_out(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the jobs: one for each model, or for several models if there are too many for a matrix."""
    count = min(len(names), MOST_JOBS)
    parts = [names[number::count] for number in range(count)]
    return [
        {
            "title": first_of(part, 1),
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
        # GitHub's own expressions use {{ and }}.
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )
    ours = [target.name for target in batch.chosen if not target.is_custom]
    chosen = " ".join(f"--target {name}" for name in ours)
    options = replace(batch.options, targets=(), force=False).words()
    words = [
        quoted(_posix(batch.path), windows=False),
        *([chosen] if chosen else []),
        quoted(f"--output={_posix(batch.output)}", windows=False),
        *(quoted(option, windows=False) for option in options),
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
    """Raise InputError if a checkout of the repository would not contain a path."""
    if path.exists() and not path.resolve().is_relative_to(Path.cwd().resolve()):
        raise InputError(
            f"{path} is outside of this folder, the repository: the workflow would not find it",
            "go to the repository's root, and copy it there",
        )


def _here(options: Request) -> Request:
    """Return the options with paths from the repository's root."""
    calibration, images = options.calibration, [*options.images]
    for path in (*images, *([calibration] if calibration is not None else [])):
        if not path.exists():
            raise InputError(f"there is no {path}", "give a path in the repository: each job needs it")
        _check_inside(path)
    return replace(
        options,
        template=None if options.template is None else _template_here(options.template),
        images=tuple(Path(_posix(path)) for path in images),
        calibration=None if calibration is None else Path(_posix(calibration)),
    )


def _template_here(argument: str) -> str:
    """Return --template with a path from the repository's root; a URL is unchanged."""
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
    """Return a path from the repository's root."""
    whole, here = path.absolute(), Path.cwd()
    if not whole.is_relative_to(here):
        raise UsageError(f"{path} is outside of this folder", "give a folder in the repository")
    return whole.relative_to(here).as_posix()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check_unedited(path: Path) -> None:
    """Raise InputError if the file exists, unless edgegen wrote it and it was not edited."""
    if not os.path.lexists(path):
        return
    hint = "name another with --output FILE.yml, or overwrite it with --force"
    if not path.is_file():
        raise InputError(f"{path} is not a file", hint)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path} exists and cannot be read", hint) from None
    digest = _DIGEST.search(text)
    if digest is None:
        raise InputError(f"{path} exists and edgegen did not write it", hint)
    if digest.group(1) != _sha256(text[digest.end() :]):
        raise InputError(f"{path} was edited", hint)
