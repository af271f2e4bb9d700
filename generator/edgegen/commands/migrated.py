"""A project that programs of its template change on the way to the next version: all of it in a copy."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError, RenderError
from edgegen.base.files import remove_tree
from edgegen.base.progress import Progress
from edgegen.commands.change import BOOKS, Change, copy, is_left_out, write
from edgegen.commands.recorded_options import Subject
from edgegen.project import file_names, merging
from edgegen.project.merge_file import git
from edgegen.project.merging import LINK, Sides
from edgegen.targets.base import Migrate

_GIT: Final = ".git"
_EXECUTABLE: Final = ", executable"  # added to a file's state


def migrated(it: Subject, sides: Sides, migrate: Migrate, aside: Path, progress: Progress) -> Change:
    """Run what is due before the merge, merge, and run what is due after it, in a copy of the project.

    What the programs changed counts as the owner's: nothing else says what they meant by it. A file that one
    of them moved is merged where it lies now.

    Raises:
        EdgegenError: A program failed, or made a link; a link leads out of the project; or as merging says.
    """
    _refuse_links_out(it)
    uncopied = copy(it, aside)
    here = _states(it, aside)
    _track(aside)
    progress.step("Run the template's migrations, those before the merge")
    migrate("before", aside)
    between = _states(it, aside)
    progress.step("Merge")
    sides = _following(replace(sides, project=aside), here, between)
    plan = merging.plan(sides, merging.states(sides))
    for name in plan.removed:
        (aside / name).unlink()
    write(aside, sides.rendered, plan, aside)
    after_merge = _states(it, aside)
    progress.step("Run the template's migrations, those after the merge")
    migrate("after", aside)
    remove_tree(aside / _GIT)
    now = _states(it, aside)
    _refuse_links(here, now)
    _refuse_names(here, now)
    for earlier, later in ((here, between), (after_merge, now)):
        _refuse_same(earlier, later)
    programs = {*_different(here, between), *_different(after_merge, now)}
    plan.kept = [  # by the owner
        name for name in plan.kept if name not in programs or here.get(name) != it.known.files.get(name)
    ]
    changed = _different(here, now)
    _give_modes(it, aside, here, {name: now[name] for name in changed if name in now})
    for name in BOOKS:  # no program's business
        (aside / name).unlink(missing_ok=True)
        shutil.copyfile(sides.rendered / name, aside / name)
    return Change(
        plan,
        aside,
        tuple(name for name in changed if name in now),
        tuple(name for name in changed if name not in now),
        {
            name: LINK if state.startswith(LINK) else state.removesuffix(_EXECUTABLE)
            for name, state in here.items()
        },
        tuple(sorted(programs & now.keys())),
        tuple(sorted(programs - now.keys())),
        tuple(uncopied),
    )


def _files(it: Subject, folder: Path) -> Iterator[str]:
    """Yield the names of all files and links in a project, or in a copy of it, that a copy holds."""
    for inside, folders, files in os.walk(folder):
        here = Path(inside).relative_to(folder)
        folders[:] = [name for name in folders if not is_left_out(it, (here / name).as_posix())]
        links = [name for name in folders if (Path(inside) / name).is_symlink()]
        for file in (*files, *links):
            name = (here / file).as_posix()
            if not is_left_out(it, name):
                yield name


def _states(it: Subject, folder: Path) -> dict[str, str]:
    """Return what stands in a copy of a project under every name, less edgegen's books."""
    found = {}
    for name in _files(it, folder):
        if name in BOOKS:
            continue
        state = merging.state(folder, name)
        if state == LINK:
            found[name] = f"{LINK} to {(folder / name).readlink()}"
        else:
            found[name] = state + (_EXECUTABLE if os.access(folder / name, os.X_OK) else "")
    return found


def _refuse_links_out(it: Subject) -> None:
    """Refuse links through which a program that works in a copy would write elsewhere."""
    top = Path(os.path.realpath(it.path))
    for name in _files(it, it.path):
        path = it.path / name
        if not path.is_symlink():
            continue
        target = path.readlink()
        if target.is_absolute() or not Path(os.path.realpath(path)).is_relative_to(top):
            raise InputError(
                f"{path} is a link to {target}, outside of a copy of the project: the template's migrations "
                "would change what it leads to",
                "put the file itself in its place, or take the link away, until the project is updated",
            )


def _different(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _give_modes(it: Subject, aside: Path, here: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Give files that stay where they were their owner's modes, whatever a program wrote them anew with.

    That it made one executable, or none any more, is meant.
    """
    for name, state in now.items():
        path, owner = aside / name, it.path / name
        if name not in here or path.is_symlink() or owner.is_symlink() or not owner.is_file():
            continue
        mode = stat.S_IMODE(owner.stat().st_mode)
        if state.endswith(_EXECUTABLE) and not mode & 0o111:
            mode |= (mode & 0o444) >> 2
        elif not state.endswith(_EXECUTABLE):
            mode &= ~0o111
        path.chmod(mode)


def _track(folder: Path) -> None:
    """Make a copy a git repository whose index holds its files: copier's programs type `git mv`.

    Raises:
        RenderError: Git is not here, or failed.
    """
    try:
        for words in (("init", "--quiet"), ("config", "core.compression", "0"), ("add", "--all", "--force")):
            git(words, folder)
    except RenderError as error:
        error.message = (
            f"git cannot take in a copy of the project, which the template's migrations need: {error.message}"
        )
        error.hint = f"nothing was changed; fix what git names, or {error.hint}"
        raise


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


def _refuse_names(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    for name in sorted(now.keys() - before.keys()):
        if why := file_names.refusal(name):
            raise InputError(
                f"a migration of the template gives a file the name {name!r}, which is {why}",
                "nothing was changed; fix the migration",
            )


def _refuse_same(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse names that are one elsewhere, unless the project had such: they are its owner's choice."""
    same = file_names.same_elsewhere(now)
    if same and not file_names.same_elsewhere(before):
        raise InputError(
            f"after a migration of the template the project holds {same[0]!r} and {same[1]!r}, which are one "
            "to macOS or to Windows",
            "nothing was changed; fix the migration",
        )


def _refuse_links(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    for name in _different(before, now):
        if now.get(name, "").startswith(LINK):
            raise InputError(
                f"a migration of the template makes a link, {name}: a project holds files",
                "nothing was changed; fix the migration",
            )
