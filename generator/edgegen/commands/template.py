"""`edgegen template new` writes a starting point; `edgegen template check` tries a template."""

import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import EdgegenError, InputError
from edgegen.base.progress import NoProgress, Progress
from edgegen.base.staging import staging
from edgegen.commands.edge_case_models import EdgeCaseModel, edge_case_models, export
from edgegen.commands.new import create
from edgegen.commands.request import Request
from edgegen.commands.select_targets import select_targets
from edgegen.project import manifest
from edgegen.project.placing import check_destination, transaction
from edgegen.project.render import copy_shared
from edgegen.targets.custom_template.runner import run_tests
from edgegen.targets.custom_template.target import claims_of_project

STARTER: Final = "_custom_template"  # the folder below templates/ that `template new` copies
_KIND: Final = "custom template"  # no project has this target, so that an occupied folder is rejected


@dataclass(frozen=True)
class Result:
    """The result of a template with one model."""

    model: EdgeCaseModel
    problem: str = ""  # "" if there is none
    hint: str = ""
    tests: bool = False  # whether the project's tests ran


def write(folder: Path) -> list[str]:
    """Write a working template into a new or empty folder, and return its files.

    Raises:
        InputError: The folder is not empty.
        RenderError: It cannot be written.
    """
    try:
        check_destination(folder, _KIND, force=False)
    except InputError as error:
        error.hint = "name a folder that is new or empty"
        raise
    with staging(folder) as workspace:
        staged = workspace / "template"
        copy_shared(STARTER, staged)
        names = manifest.relative_files(staged)
        with transaction() as placement:
            placement.place(staged, folder, _KIND, force=False)
    return names


def check(request: Request, progress: Progress) -> list[Result]:
    """Render a template for ten awkward models, and run the tests of each project.

    Raises:
        EdgegenError: The template is unusable for any model.
    """
    with select_targets(request, progress) as (target,):
        models = edge_case_models(target.tasks)
    results = []
    for model in models:
        interruption.check()
        progress.step(f"{model.task}, {model.about}")
        with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
            results.append(_check_model(request, model, Path(scratch), progress))
    return results


def _check_model(request: Request, model: EdgeCaseModel, scratch: Path, progress: Progress) -> Result:
    export(model, scratch / "export")
    project = scratch / "app"
    try:
        create(replace(request, model=str(scratch / "export"), output=project), _Quiet(progress))
        record = manifest.read(project)
        assert record is not None  # noqa: S101 - `create` wrote it
        claims = claims_of_project(record)
        if not claims.test:
            return Result(model)
        stage, failure = run_tests(project, claims, NoProgress())
    except EdgegenError as error:
        return Result(model, error.message, error.hint)
    return Result(model, "" if stage.passed else failure, tests=True)


class _Quiet(NoProgress):
    """Progress without steps. A template's programs can still use the screen."""

    def __init__(self, outer: Progress) -> None:
        self._outer = outer

    def pause(self) -> contextlib.AbstractContextManager[None]:
        """Clear the screen for a program."""
        return self._outer.pause()
