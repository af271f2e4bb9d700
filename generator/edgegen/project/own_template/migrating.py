"""Programs that a template has for projects of its earlier versions: which are due, and how they run."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from packaging.version import InvalidVersion, Version

from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.project.own_template import mistakes
from edgegen.project.own_template.rendering import Answers, apart, prepare
from edgegen.project.own_template.source import DIRTY, FILE, OwnTemplate

if TYPE_CHECKING:
    from copier._template import Task, Template

Stage = Literal["before", "after"]  # the merge
STAGES: Final[tuple[Stage, Stage]] = ("before", "after")
_MOST: Final = 3  # programs that are named


def check(template: OwnTemplate, since: str, *, trust: bool) -> bool:
    """Tell whether programs are due for a project of an earlier version; refuse them without trust.

    Raises:
        InputError: Nobody said that they may run, or copier cannot read them.
    """
    commands = {str(task.cmd): task for stage in STAGES for task in _due(template, since, stage)}
    if commands and not trust:
        named = ", ".join(repr(mistakes.typed(task.cmd)) for task in list(commands.values())[:_MOST])
        more = f" and {len(commands) - _MOST} more" if len(commands) > _MOST else ""
        raise InputError(
            f"the template {template.source} changes projects of {since} with programs: {named}{more}",
            "look at what they do; if you trust them, add --trust",
        )
    return bool(commands)


def not_due(template: OwnTemplate, since: str) -> str:
    """Return why no program is due though there are some and the version is another; "" if that is usual."""
    if not template.migrates or template.version == since:
        return ""
    now, then = template.copied.version, _number(since)
    if now is None or then is None:
        which = since if then is None else template.version or "a folder without git"
        return f"none of the template's _migrations was run: {which} is no version"
    return "none of the template's _migrations was run: it goes back" if now < then else ""


def run(
    template: OwnTemplate,
    since: str,
    stage: Stage,
    folder: Path,
    values: Mapping[str, Any],
    progress: Progress,
) -> None:
    """Run the programs that are due at a stage, in a folder; `values` are what their texts may use.

    Raises:
        RenderError: One of them failed; the message names it and its exit code.
        InputError: Their text cannot be rendered.
    """
    from copier._main import Worker, as_operation
    from copier._types import Phase
    from copier._user_data import AnswersMap

    due = _due(template, since, stage)
    if not due:
        return
    answers = Answers()
    with mistakes.of_rendering(template, {}, program="migration"), apart(progress, answers, silent=False):
        worker = Worker(
            src_path=template.source.for_copier,
            dst_path=folder,
            vcs_ref=template.source.ref or None,
            overwrite=True,
            quiet=True,
            unsafe=True,  # what is dangerous was refused by `check`
        )
        prepare(worker, template, answers)
        worker.answers = AnswersMap(init=dict(values), metadata=template.copied.metadata)
        with Phase.use(Phase.MIGRATE):
            as_operation("update")(worker._execute_tasks)(due)


def _due(template: OwnTemplate, since: str, stage: Stage) -> "list[Task]":
    """Return what copier would run for a project of that version; nothing where the template goes back."""
    then = _number(since)
    if not template.migrates or template.version == since or then is None:
        return []
    with mistakes.of_reading(FILE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the older way to write them
        now = template.copied.version
        if now is None or now < then:
            return []
        # Of the earlier version copier asks these two: no clone of it is needed, nor that it is there still.
        earlier = cast("Template", SimpleNamespace(commit=since, version=then))
        return list(template.copied.migration_tasks(stage, earlier))


def _number(version: str) -> Version | None:
    """Return what git calls a commit as copier compares it: `v1.2.0`, or `v1.2.0-3-g1a2b3c4`."""
    version = version.removesuffix(f"-{DIRTY}")
    counted = re.fullmatch(r"(.+)-(\d+)-(g[0-9a-f]+)", version)
    try:
        return Version(f"{counted[1]}.post{counted[2]}+{counted[3]}" if counted else version)
    except InvalidVersion:
        return None
