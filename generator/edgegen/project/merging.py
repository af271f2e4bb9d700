"""Three-way merge of a project: edgegen's earlier output, the user's edits, and edgegen's new output.

This module decides only. It does not change files of the project.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.project import base_files, manifest
from edgegen.project.git import has_conflicts, merged
from edgegen.project.side_files import NO_FILE, side_files, state

_OWN: Final = frozenset({manifest.NAME, base_files.NAME})  # edgegen's records are never merged


@dataclass
class Plan:
    """The effect of an update on each file: sorted relative POSIX paths."""

    updated: list[str] = field(default_factory=list)  # only edgegen changed them
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)  # unedited, and not written any more
    merged: list[str] = field(default_factory=list)  # both changed them
    conflicts: list[str] = field(default_factory=list)  # both changed the same lines
    kept: list[str] = field(default_factory=list)  # only the user changed them
    without_place: list[str] = field(default_factory=list)  # edited, and not written any more
    deleted: list[str] = field(default_factory=list)  # by the user, and edgegen has a new version
    beside: dict[str, str] = field(default_factory=dict)  # conflict -> side file with edgegen's version
    contents: dict[str, bytes] = field(default_factory=dict)  # merged texts, also those with conflicts
    sources: dict[str, str] = field(default_factory=dict)  # file to write -> the rendered file
    moved: dict[str, str] = field(default_factory=dict)  # edited file -> its earlier path
    overtaken: dict[str, str] = field(default_factory=dict)  # replaced side file -> its digest
    unsettled: list[str] = field(default_factory=list)  # with conflicts of an earlier update
    waiting: dict[str, str] = field(default_factory=dict)  # kept file -> its side file

    @property
    def changes(self) -> bool:
        """Return whether any file is written or removed."""
        return bool(self.contents or self.sources or self.removed)

    def written(self) -> list[str]:
        """Return the files that are written."""
        return sorted({*self.contents, *self.sources})


@dataclass(frozen=True)
class Sides:
    """The input of a merge."""

    project: Path  # with the user's edits
    before: Mapping[str, str]  # edgegen's earlier output: digests
    base: Mapping[str, bytes]  # and the content of its text files
    rendered: Path  # edgegen's new output
    now: Mapping[str, str]  # its digests
    users_files: Collection[str] = ()  # the user's to edit: kept once they are edited
    theirs: str = "edgegen"  # the label of edgegen's side in conflicts
    moves: Mapping[str, str] = field(default_factory=dict)  # file -> its earlier path
    wanted: Collection[str] = ()  # written again if the user deleted them

    def names(self) -> list[str]:
        """Return all files that edgegen wrote or writes, without its records."""
        return sorted({*self.before, *self.now} - _OWN)


def states(sides: Sides) -> dict[str, str]:
    """Return the state of each file that edgegen wrote or writes, see `side_files.state`."""
    return {name: state(sides.project, name) for name in sides.names()}


def plan(sides: Sides, here: Mapping[str, str]) -> Plan:
    """Decide the effect on every file. `here` is the result of `states`.

    Raises:
        InputError: A file has conflicts of an earlier update.
        RenderError: Git is missing, and two edits of a file must be merged.
    """
    made = Plan()
    decided = {each for name in sides.moves for each in _follow_move(name, sides, here, made)}
    for name in sides.names():
        if name not in decided:
            _decide(name, sides, here[name], made)
    check_settled(sides.project, made.unsettled)
    _keep_last_copies(sides, here, made)
    for kind in (made.merged, made.conflicts, made.removed, made.deleted):
        kind.sort()
    return made


def _keep_last_copies(sides: Sides, here: Mapping[str, str], made: Plan) -> None:
    """Write a deleted file again if the update removes the last copy of its content, such as a model."""
    lost = {here[name] for name in made.removed if name in here}
    lost -= {sides.now.get(name, "") for name in made.written()}
    for name in [name for name, its_state in here.items() if not its_state and sides.now.get(name) in lost]:
        made.deleted = [each for each in made.deleted if each != name]
        _take(name, made.added, made)
    made.added.sort()


def edited(known: manifest.Manifest, project: Path) -> tuple[list[str], list[str]]:
    """Return which of edgegen's files the user changed, and which were deleted."""
    here = {name: state(project, name) for name in known.files if name not in _OWN}
    changed = [name for name, its_state in here.items() if its_state not in ("", known.files[name])]
    return changed, [name for name, its_state in here.items() if not its_state]


def _follow_move(name: str, sides: Sides, here: Mapping[str, str], made: Plan) -> tuple[str, ...]:
    """Merge the edits of a moved file at its new path. Return the names that this decides."""
    old = sides.moves[name]
    users = here[old]
    if here[name] or users in (*NO_FILE, sides.before[old]):
        return ()
    if not users:
        made.deleted.append(name)
        return name, old
    base, theirs = sides.base.get(old), (sides.rendered / name).read_bytes()
    yours = (sides.project / old).read_bytes()
    if base is None or not all(map(base_files.is_text, (base, yours, theirs))):
        return ()
    if has_conflicts(yours):
        made.unsettled.append(old)
        return name, old
    content, clean = merged(base, yours, theirs, sides.theirs)
    (made.merged if clean else made.conflicts).append(name)
    made.contents[name] = content
    made.moved[name] = old
    made.removed.append(old)
    return name, old


def _decide(name: str, sides: Sides, users: str, made: Plan) -> None:
    """Decide the effect on one file. `users` is its state in the project."""
    before, now = sides.before.get(name), sides.now.get(name)
    if now is None:
        if users == before:
            made.removed.append(name)
        elif users:
            made.without_place.append(name)
        _remove_side_file(name, sides, made)
    elif users == now:
        _remove_side_file(name, sides, made)
    elif not users and name in sides.wanted:
        _take(name, made.added, made)
    elif before is None:
        if users:
            _write_side_file(name, sides, made)
        else:
            _take(name, made.added, made)
    elif users == before:
        _take(name, made.updated, made)
        _remove_side_file(name, sides, made)
    elif before == now:
        if users:
            made.kept.append(name)
        if side_file := _side_file_before(name, sides):
            made.waiting[name] = side_file
    elif not users:
        if _side_file_before(name, sides):  # a link or folder was in its place, and was removed
            _write_side_file(name, sides, made)
        else:
            made.deleted.append(name)
    elif name in sides.users_files and users not in NO_FILE:
        made.kept.append(name)
    else:
        _merge(name, sides, users, made)


def _take(name: str, kind: list[str], made: Plan) -> None:
    kind.append(name)
    made.sources[name] = name


def _merge(name: str, sides: Sides, users: str, made: Plan) -> None:
    base = sides.base.get(name)
    if users in NO_FILE or base is None or _side_file_before(name, sides):
        _write_side_file(name, sides, made)
        return
    yours, theirs = (sides.project / name).read_bytes(), (sides.rendered / name).read_bytes()
    if not all(map(base_files.is_text, (base, yours, theirs))):
        _write_side_file(name, sides, made)
        return
    if has_conflicts(yours):
        made.unsettled.append(name)
        return
    content, clean = merged(base, yours, theirs, sides.theirs)
    if content == yours:  # the user's edit includes edgegen's change
        made.kept.append(name)
        return
    (made.merged if clean else made.conflicts).append(name)
    made.contents[name] = content


def unsettled(project: Path, names: Iterable[str]) -> list[str]:
    """Return the files with conflicts of an earlier update."""
    files = (name for name in names if (project / name).is_file())
    return [name for name in files if has_conflicts((project / name).read_bytes())]


def check_no_conflicts(project: Path, known: manifest.Manifest) -> None:
    """Raise InputError if any of a project's files has conflicts of an earlier update."""
    check_settled(project, unsettled(project, edited(known, project)[0]))


def check_settled(project: Path, names: Sequence[str]) -> None:
    """Raise InputError if files have conflicts: another merge would nest them."""
    if names:
        more = f" (so have {', '.join(names[1:])})" if names[1:] else ""
        raise InputError(
            f"{project / names[0]} has conflicts of an earlier update in it{more}",
            "choose a side in each, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>; "
            "then run the command again",
        )


def _side_file_before(name: str, sides: Sides) -> str:
    """Return the unedited side file of an earlier update, or "".

    The user's file was never merged with that version: a difference from it is not an edit.
    """
    before = sides.before.get(name)
    return side_files(sides.project, name).get(before, "") if before else ""


def _remove_side_file(name: str, sides: Sides, made: Plan) -> None:
    """Remove the side file of a file that needs none any more."""
    if side_file := _side_file_before(name, sides):
        made.removed.append(side_file)
        made.overtaken[side_file] = sides.before[name]


def _write_side_file(name: str, sides: Sides, made: Plan) -> None:
    """Leave the user's file as it is, and write edgegen's version to a side file.

    It replaces the side file of an earlier update, unless the user edited that.
    """
    made.conflicts.append(name)
    existing = side_files(sides.project, name)
    before, now = sides.before.get(name, ""), sides.now[name]
    made.beside[name] = existing.get(now) or existing.get(before) or existing[""]
    if now not in existing:
        made.sources[made.beside[name]] = name
        if before and before in existing:
            made.overtaken[existing[before]] = before
