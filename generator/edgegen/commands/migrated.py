"""A project that programs of its template change on the way to the next version: all of it in a copy."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.commands.change import BOOKS, Change, copy, write
from edgegen.commands.remembered import Subject
from edgegen.project import merging
from edgegen.project.merging import LINK, Sides
from edgegen.targets.base import Migrate

_GIT: Final = ".git"
_EXECUTABLE: Final = ", executable"  # added to a file's state


def migrated(it: Subject, sides: Sides, migrate: Migrate, aside: Path, progress: Progress) -> Change:
    """Run what is due before the merge, merge, and run what is due after it, in a copy of the project.

    What the programs changed counts as the owner's: nothing else says what they meant by it. A file that one
    of them moved is merged where it lies now.

    Raises:
        EdgegenError: A program failed, or made a link; or as merging says.
    """
    copy(it, aside)
    here = _states(aside)
    _track(aside)
    progress.step("Run the template's migrations, those before the merge")
    migrate("before", aside)
    between = _states(aside)
    progress.step("Merge")
    sides = _following(replace(sides, project=aside), here, between)
    plan = merging.plan(sides, merging.states(sides))
    for name in plan.removed:
        (aside / name).unlink()
    write(aside, sides.rendered, plan)
    after_merge = _states(aside)
    progress.step("Run the template's migrations, those after the merge")
    migrate("after", aside)
    shutil.rmtree(aside / _GIT, ignore_errors=True)
    now = _states(aside)
    _refuse_links(here, now)
    programs = {*_different(here, between), *_different(after_merge, now)}
    plan.kept = [  # by the owner
        name for name in plan.kept if name not in programs or here.get(name) != it.known.files.get(name)
    ]
    changed = _different(here, now)
    for name in BOOKS:  # no program's business
        (aside / name).unlink(missing_ok=True)
        shutil.copyfile(sides.rendered / name, aside / name)
    return Change(
        plan,
        aside,
        tuple(name for name in changed if name in now),
        tuple(name for name in changed if name not in now),
        {name: state.removesuffix(_EXECUTABLE) for name, state in here.items()},
        tuple(sorted(programs)),
    )


def _states(folder: Path) -> dict[str, str]:
    """Return what stands in a folder under every name, less edgegen's books."""
    found = {}
    for inside, folders, files in os.walk(folder):
        if Path(inside) == folder and _GIT in folders:
            folders.remove(_GIT)
        links = [name for name in folders if (Path(inside) / name).is_symlink()]
        for file in (*files, *links):
            name = (Path(inside) / file).relative_to(folder).as_posix()
            if name not in BOOKS:
                state = merging.state(folder, name)
                found[name] = state + (
                    _EXECUTABLE if state != LINK and os.access(folder / name, os.X_OK) else ""
                )
    return found


def _different(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _track(folder: Path) -> None:
    """Make a copy a git repository whose index holds its files: copier's programs type `git mv`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for words in (("init", "--quiet"), ("-c", "core.compression=0", "add", "--all")):
        subprocess.run(["git", *words], cwd=folder, env=environment, check=False, capture_output=True)


def _following(sides: Sides, here: Mapping[str, str], now: Mapping[str, str]) -> Sides:
    """Let edgegen's files that a program moved be merged where they lie now."""
    before, base = dict(sides.before), dict(sides.base)
    gone = {here[name]: name for name in before if name in here and name not in now and name not in sides.now}
    for name in _different(here, now):
        old = gone.get(now.get(name, ""))
        if old in before and name in sides.now and name not in sides.before:
            before[name] = before.pop(old)
            if old in base:
                base[name] = base.pop(old)
    return replace(sides, before=before, base=base)


def _refuse_links(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    for name in _different(before, now):
        if now.get(name) == LINK:
            raise InputError(
                f"a migration of the template makes a link, {name}: a project holds files",
                "nothing was changed; mend the migration",
            )
