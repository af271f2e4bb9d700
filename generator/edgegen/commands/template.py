"""`edgegen template new` and `edgegen template check`: a template to begin with, and one tried."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import EdgegenError, InputError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging
from edgegen.commands import awkward
from edgegen.commands.awkward import Awkward
from edgegen.commands.new import create
from edgegen.commands.request import Request
from edgegen.commands.select_targets import chosen_targets
from edgegen.project import manifest
from edgegen.project.own_template import source
from edgegen.project.placing import check_destination, together
from edgegen.project.render import copy_shared
from edgegen.targets.own_template.runner import tested

BEGINNING: Final = "_own_template"  # the folder below templates/ that `template new` copies
_KIND: Final = "own template"  # no project of ours has this target: a folder that is taken is refused


@dataclass(frozen=True)
class Tried:
    """What became of a template with one model."""

    model: Awkward
    problem: str = ""  # empty: all is well
    hint: str = ""
    tests: bool = False  # whether the project's own tests ran


def write(folder: Path) -> list[str]:
    """Write a template that works into a folder that is new or empty; return its files.

    Raises:
        InputError: The folder is taken.
        RenderError: It cannot be written.
    """
    try:
        check_destination(folder, _KIND, force=False)
    except InputError as error:
        error.hint = "name a folder that is new or empty"
        raise
    with staging(folder) as workspace:
        staged = workspace / "template"
        copy_shared(BEGINNING, staged)
        names = manifest.relative_files(staged)
        with together() as placement:
            placement.place(staged, folder, _KIND, force=False)
    return names


def check(request: Request, progress: Progress) -> list[Tried]:
    """Render a template with ten awkward models and run the tests of what comes out.

    Raises:
        EdgegenError: The template cannot be used at all.
    """
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch, _as_it_stands(request) as asked:
        with chosen_targets(asked, progress) as (target,):
            claimed = target.tasks
        tried = []
        for number, model in enumerate(awkward.models(claimed), start=1):
            interruption.check()
            progress.step(f"{model.task}, {model.about}")
            folder = Path(scratch) / str(number)
            awkward.export(model, folder / "export")
            of_it = replace(asked, model=str(folder / "export"))
            tried.append(_try(of_it, request, model, folder / "app", progress))
            shutil.rmtree(folder)
        return tried


def _try(asked: Request, typed: Request, model: Awkward, project: Path, progress: Progress) -> Tried:
    try:
        create(replace(asked, output=project), _Notes(progress))
        known = manifest.read(project)
        assert known is not None  # noqa: S101 - it was just written
        from edgegen.project.own_template import claims as claimed
        from edgegen.targets.own_template.target import remembered

        claims = claimed.read(remembered(known)["claims"], manifest.NAME)
        if not claims.test:
            return Tried(model)
        stage, said = tested(project, claims, _Notes(progress))
    except EdgegenError as error:
        told = _told(error, asked, typed)
        return Tried(model, told.message, told.hint)
    return Tried(model, "" if stage.passed else said, tests=True)


class _Notes:
    """Progress whose steps are parts of another's."""

    def __init__(self, outer: Progress) -> None:
        self._outer = outer

    def step(self, name: str) -> None:
        """Do nothing."""

    def status(self, text: str) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing: each of ten projects would say it."""

    def pause(self) -> contextlib.AbstractContextManager[None]:
        """Leave the screen to others."""
        return self._outer.pause()


@contextlib.contextmanager
def _as_it_stands(request: Request) -> Iterator[Request]:
    """Give the request for a folder's files as they stand, of whichever tag its repository is."""
    said = source.parse(request.template or "")
    if said.is_url or said.ref:
        yield request
        return
    if not Path(said.address).is_dir():
        raise InputError(f"there is no template folder {said.address}", "give a folder with a copier.yml")
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        copy = Path(scratch) / Path(said.address).name
        shutil.copytree(said.address, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        asked = replace(request, template=str(copy))
        try:
            yield asked
        except EdgegenError as error:
            _told(error, asked, request)
            raise


def _told(error: EdgegenError, asked: Request, typed: Request) -> EdgegenError:
    """Let an error name the template as it was typed: nobody knows the copy."""
    if asked.template == typed.template:
        return error
    copy, template = str(asked.template), source.parse(typed.template or "").address
    error.message, error.hint = (text.replace(copy, template) for text in (error.message, error.hint))
    return error
