"""The workflow that `edgegen batch --ci github` writes: a job for each model, and one for the report."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.base.errors import InputError, NotFetchedError, RenderError
from edgegen.base.files import write_whole
from edgegen.base.staging import parents_of, writing_to
from edgegen.base.text import first_of
from edgegen.commands.batch import Batch
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


def broken_models(batch: Batch) -> list[dict[str, str]]:
    """Return name, model and error of the models whose files are broken.

    They stay in the matrix: their jobs fail, and the report says so. The jobs fetch files of Git LFS.
    """
    description = batch.request.description()
    errors = [(item, item.error(description)) for item in batch.listed.items]
    return [
        {"name": item.folder, "model": item.model, "why": error.message}
        for item, error in errors
        if error is not None and not isinstance(error, NotFetchedError)
    ]


def write_workflow(batch: Batch, path: Path = PLACE, *, pretend: bool = False) -> int:
    """Write the workflow, and return its number of jobs. The current folder is the repository's root.

    Raises:
        InputError: The file is the user's or was edited, or a path is outside of this folder.
        RenderError: It cannot be written.
    """
    jobs = split_into_jobs([item.folder for item in batch.listed.items])
    text = _render(batch, jobs)
    if not batch.request.force:
        _check_unedited(path)
    if not pretend:
        with writing_to(path), parents_of(path):
            digest = hashlib.sha256(text.encode()).hexdigest()
            write_whole(path, (_HEAD.format(digest=digest) + text).encode())
    return len(jobs)


def split_into_jobs(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the jobs: one for each model, or for several models if there are too many for a matrix."""
    count = min(len(names), MOST_JOBS)
    parts = [names[number::count] for number in range(count)]
    return [{"title": first_of(part, 1), "names": " ".join(part), "projects": len(part)} for part in parts]


def _render(batch: Batch, jobs: Sequence[dict[str, Any]]) -> str:
    from jinja2 import TemplateError

    from edgegen.base.shell import quoted
    from edgegen.project.template_filters import environment

    models, output = _in_repository(batch.path), _in_repository(batch.output)
    for item in batch.listed.items:
        _in_repository(Path(item.model))
    template, has_tags = _template_here(batch.request.template)
    request = replace(_with_photos_here(batch.request), template=template, targets=(), force=False)
    jinja = environment(
        templates_dir() / _TEMPLATE,
        # GitHub's own expressions use {{ and }}.
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )
    targets = " ".join(f"--target {target.name}" for target in batch.targets if not target.is_custom)
    options = [f"--output={output}", *request.arguments(), *(["--verify"] if batch.verify else [])]
    first, *words = [quoted(word, windows=False) for word in (models, *options)]
    most_projects = max(job["projects"] for job in jobs) * len(batch.targets)  # of a job
    try:
        return jinja.get_template("edgegen-batch.yml.jinja").render(
            jobs=jobs,
            projects=len(batch.listed.items) * len(batch.targets),
            minutes=min(_MINUTES * most_projects, 360),
            targets=[target.name for target in batch.targets],
            target_options=targets,
            output=output,
            words=" ".join([first, *([targets] if targets else []), *words]),
            verify=batch.verify,
            history=has_tags,
            version=__version__,
        )
    except TemplateError as error:
        raise RenderError(
            f"the template {_TEMPLATE} is broken: {error}", "this is a bug in edgegen: please report it"
        ) from error


def _in_repository(path: Path) -> str:
    """Return a path from the current folder, the repository's root; InputError if it is outside."""
    whole, here = Path(os.path.normpath(path.absolute())), Path.cwd()
    if not (whole.is_relative_to(here) and path.resolve().is_relative_to(here.resolve())):
        raise InputError(
            f"{path} is outside of this folder, the repository: the workflow would not find it",
            "go to the repository's root, and copy it there",
        )
    return whole.relative_to(here).as_posix()


def _with_photos_here(request: Request) -> Request:
    """Return the options with the photos' paths from the repository's root."""
    for path in request.images:
        if not path.exists():
            raise InputError(f"there is no {path}", "give a path in the repository: each job needs it")
    return replace(
        request,
        images=tuple(Path(_in_repository(path)) for path in request.images),
        calibration=Path(_in_repository(request.calibration)) if request.calibration else None,
        names=Path(_in_repository(request.names)) if request.names else None,
    )


def _template_here(argument: str | None) -> tuple[str | None, bool]:
    """Return --template from the repository's root, and whether the jobs must fetch its local tag."""
    from edgegen.project.custom_template.source import parse

    if argument is None or (source := parse(argument)).is_url:
        return argument, False
    return str(replace(source, address=_in_repository(Path(source.address)))), source.is_git


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
    if digest.group(1) != hashlib.sha256(text[digest.end() :].encode()).hexdigest():
        raise InputError(f"{path} was edited", hint)
