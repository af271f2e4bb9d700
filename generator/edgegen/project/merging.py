"""Three-way merge of a project: edgegen's earlier output, the user's edits, and edgegen's new output.

This module decides only. It does not change files of the project. Git merges two edits of a text, without the
user's settings.
"""

import itertools
import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from edgegen.base.errors import InputError, RenderError
from edgegen.project import base_files, manifest

_OURS: Final = "yours"  # the label of the user's side in conflicts
# `=======` alone underlines a heading in many texts.
_MARK: Final = re.compile(rb"^(<<<<<<< " + _OURS.encode() + rb"|>>>>>>> edgegen\b.*?)\s*$", re.MULTILINE)
_MOST_CONFLICTS: Final = 127  # a larger exit code of git is an error
_SUFFIX: Final = ".edgegen-new"  # of a side file: a file that an update writes next to the user's
_OLD_SUFFIX: Final = ".edgegen-old"  # of an edited file that edgegen does not write any more
_NUMBERED: Final = re.compile(re.escape(_SUFFIX) + r"(\.\d+)?$")

# States of a path that is not a regular file. It is the user's.
_LINK: Final = "a link"
_FOLDER: Final = "a folder"
_OTHER: Final = "no file"  # for example a pipe, which cannot be read to its end
_BLOCKED: Final = "in the way"  # a link or file is where one of its folders belongs
_NO_FILE: Final = frozenset({_LINK, _FOLDER, _OTHER, _BLOCKED})


@dataclass
class MergePlan:
    """The effect of an update on each file: sorted relative POSIX paths."""

    updated: list[str] = field(default_factory=list)  # only edgegen changed them
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)  # not written any more, or renamed
    merged: list[str] = field(default_factory=list)  # both changed them
    conflicts: list[str] = field(default_factory=list)  # both changed the same lines
    kept: list[str] = field(default_factory=list)  # only the user changed them
    without_place: dict[str, str] = field(default_factory=dict)  # edited, not written any more -> new name
    deleted: list[str] = field(default_factory=list)  # by the user, and edgegen has a new version
    side_files: dict[str, str] = field(default_factory=dict)  # conflict -> side file with edgegen's version
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
        return sorted({*self.before, *self.now}.difference(base_files.RECORDS))


def states(sides: Sides) -> dict[str, str]:
    """Return the state of each file that edgegen wrote or writes, see `state`."""
    return {name: state(sides.project, name) for name in sides.names()}


def plan(sides: Sides, here: Mapping[str, str]) -> MergePlan:
    """Decide the effect on every file. `here` is the result of `states`."""
    merge = _Merge(sides, here)
    for name in sides.moves:
        merge.follow_move(name)
    for name in sides.names():
        if name not in merge.decided:
            merge.decide(name)
    _check_settled(sides.project, merge.plan.unsettled)
    merge.keep_last_copies()
    for kind in (merge.plan.merged, merge.plan.conflicts, merge.plan.removed, merge.plan.deleted):
        kind.sort()
    return merge.plan


def edited(known: manifest.Manifest, project: Path) -> tuple[list[str], list[str]]:
    """Return which of edgegen's files the user changed, and which were deleted."""
    here = {name: state(project, name) for name in known.files if name not in base_files.RECORDS}
    changed = [name for name, state_here in here.items() if state_here not in ("", known.files[name])]
    return changed, [name for name, state_here in here.items() if not state_here]


def unsettled(project: Path, names: Iterable[str]) -> list[str]:
    """Return the files with conflicts of an earlier update."""
    files = (name for name in names if (project / name).is_file())
    return [name for name in files if has_conflicts((project / name).read_bytes())]


def check_no_conflicts(project: Path, known: manifest.Manifest) -> None:
    """Raise InputError if any of a project's files has conflicts of an earlier update."""
    _check_settled(project, unsettled(project, edited(known, project)[0]))


def state(project: Path, name: str) -> str:
    """Return a file's digest, "" if absent, or one of NO_FILE. Raise InputError if it is unreadable."""
    path = project / name
    for parent in list(PurePosixPath(name).parents)[-2::-1]:
        folder = project / parent
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            return _BLOCKED
    if path.is_symlink():
        return _LINK
    if path.is_dir():
        return _FOLDER
    if not os.path.lexists(path):
        return ""
    if not path.is_file():
        return _OTHER
    digest = manifest.sha256(path)
    if not digest:
        raise InputError(f"{path} cannot be read", "check its permissions")
    return digest


def is_side_file(name: str, written: Collection[str]) -> bool:
    """Return whether a file is the side file of one of those that edgegen writes."""
    return _NUMBERED.search(name) is not None and _NUMBERED.sub("", name) in written


def git(arguments: Sequence[str], folder: Path, *accepted: int) -> subprocess.CompletedProcess[bytes]:
    """Run git without the user's settings and environment. Raise RenderError if it is missing or failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    # Ignore a repository around the folder.
    environment["GIT_CEILING_DIRECTORIES"] = str(folder.parent.resolve())
    try:
        ran = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise RenderError(
            "git is missing, which merges your edits with edgegen's changes",
            "install git (https://git-scm.com, or apt install git); no repository is needed",
        ) from None
    if ran.returncode not in (0, *accepted):
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise RenderError(f"git {arguments[0]} failed: {lines[-1]}", "install git 2.20 or newer")
    return ran


def merge_texts(base: bytes, yours: bytes, theirs: bytes, label: str) -> tuple[bytes, bool]:
    """Return the merged text, with marks at its conflicts, and whether it has none.

    Line ends are the user's: a change between LF and CRLF is not an edit of every line.
    """
    end = _line_end(yours)
    turned = end is not None and end != _line_end(base)
    if turned:
        base, yours, theirs = (text.replace(b"\r\n", b"\n") for text in (base, yours, theirs))
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        folder = Path(scratch)
        for name, content in (("yours", yours), ("base", base), ("theirs", theirs)):
            (folder / name).write_bytes(content)
        labels = ("-L", _OURS, "-L", "edgegen before", "-L", label)
        ran = git(
            ["merge-file", "-p", *labels, "yours", "base", "theirs"], folder, *range(1, _MOST_CONFLICTS + 1)
        )
    text = ran.stdout
    if turned and end == b"\r\n":
        text = text.replace(b"\n", b"\r\n")
    return text, ran.returncode == 0


def has_conflicts(content: bytes) -> bool:
    """Return whether a text contains the mark of a conflict of an update."""
    return bool(_MARK.search(content))


class _Merge:
    """The plan in the making."""

    def __init__(self, sides: Sides, here: Mapping[str, str]) -> None:
        self.sides = sides
        self.here = here  # the state of each file in the project
        self.plan = MergePlan()
        self.decided = set[str]()  # files that moved, at both paths

    def follow_move(self, name: str) -> None:
        """Merge the edits of a moved file at its new path."""
        old = self.sides.moves[name]
        users = self.here[old]
        if self.here[name] or users in (*_NO_FILE, self.sides.before[old]):
            return
        if not users:
            self.plan.deleted.append(name)
        elif not self._merge_text(name, old):
            return
        elif name in self.plan.contents:
            self.plan.moved[name] = old
            self.plan.removed.append(old)
        self.decided |= {name, old}

    def decide(self, name: str) -> None:
        """Decide the effect on a file by what edgegen wrote, what it writes now, and what is there."""
        before, now, users = self.sides.before.get(name), self.sides.now.get(name), self.here[name]
        if users == _BLOCKED:  # the user replaced its folder
            if now is not None and now != before:
                self.plan.deleted.append(name)
        elif now is None:
            if users == before:
                self.plan.removed.append(name)
            elif users in _NO_FILE or name in self.sides.users_files:
                self.plan.kept.append(name)
            elif users:
                self._set_aside(name)
            self._remove_side_file(name)
        elif users == now:
            self._remove_side_file(name)
        elif not users and name in self.sides.wanted:
            self._take(name, self.plan.added)
        elif before is None:
            if users:
                self._write_side_file(name)
            else:
                self._take(name, self.plan.added)
        elif users == before:
            self._take(name, self.plan.updated)
            self._remove_side_file(name)
        elif before == now:
            if users:
                self.plan.kept.append(name)
            if side_file := self._unedited_side_file(name):
                self.plan.waiting[name] = side_file
        elif not users and not self._unedited_side_file(name):
            self.plan.deleted.append(name)
        elif users not in ("", *_NO_FILE) and name in self.sides.users_files:
            self.plan.kept.append(name)
        elif users in ("", *_NO_FILE) or self._unedited_side_file(name) or not self._merge_text(name, name):
            self._write_side_file(name)

    def _set_aside(self, name: str) -> None:
        """Rename an edited file that edgegen no longer writes: with the new files it may not compile."""
        free = [*_side_files(self.sides.project, name, _OLD_SUFFIX)][-1]
        self.plan.without_place[name] = free
        self.plan.contents[free] = (self.sides.project / name).read_bytes()
        self.plan.moved[free] = name
        self.plan.removed.append(name)

    def keep_last_copies(self) -> None:
        """Write a deleted file again if the update removes the last copy of its content, such as a model."""
        now = self.sides.now
        lost = {self.here[name] for name in self.plan.removed if name in self.here}
        lost -= {now.get(name, "") for name in self.plan.written()}
        for name, state_here in self.here.items():
            if not state_here and now.get(name) in lost:
                self.plan.deleted = [each for each in self.plan.deleted if each != name]
                self._take(name, self.plan.added)
        self.plan.added.sort()

    def _take(self, name: str, kind: list[str]) -> None:
        """Write edgegen's file."""
        kind.append(name)
        self.plan.sources[name] = name

    def _merge_text(self, name: str, old: str) -> bool:
        """Merge the user's file `old` with edgegen's file `name`. Return False if they cannot be merged."""
        base = self.sides.base.get(old)
        if base is None:
            return False
        yours = (self.sides.project / old).read_bytes()
        theirs = (self.sides.rendered / name).read_bytes()
        if not all(map(base_files.is_text, (base, yours, theirs))):
            return False
        if has_conflicts(yours):
            self.plan.unsettled.append(old)
            return True
        content, clean = merge_texts(base, yours, theirs, self.sides.theirs)
        if content == yours and name == old:  # the user's edit includes edgegen's change
            self.plan.kept.append(name)
            return True
        (self.plan.merged if clean else self.plan.conflicts).append(name)
        self.plan.contents[name] = content
        return True

    def _unedited_side_file(self, name: str) -> str:
        """Return the unedited side file of an earlier update, or "".

        The user's file was never merged with that version: a difference from it is not an edit.
        """
        before = self.sides.before.get(name)
        found = _side_files(self.sides.project, name) if before else {}
        return next((side_file for side_file, digest in found.items() if digest == before), "")

    def _remove_side_file(self, name: str) -> None:
        """Remove the side file of a file that needs none any more."""
        if side_file := self._unedited_side_file(name):
            self.plan.removed.append(side_file)
            self.plan.overtaken[side_file] = self.sides.before[name]

    def _write_side_file(self, name: str) -> None:
        """Leave the user's file unchanged, and write edgegen's version to a side file.

        It replaces the side file of an earlier update, unless the user edited that.
        """
        self.plan.conflicts.append(name)
        found = _side_files(self.sides.project, name)
        current = [side_file for side_file, digest in found.items() if digest == self.sides.now[name]]
        if current:
            self.plan.side_files[name] = current[0]
            return
        earlier = self._unedited_side_file(name)
        side_file = earlier or [*found][-1]
        self.plan.side_files[name] = side_file
        self.plan.sources[side_file] = name
        if earlier:
            self.plan.overtaken[earlier] = self.sides.before[name]


def _side_files(project: Path, name: str, suffix: str = _SUFFIX) -> dict[str, str]:
    """Return the side files of a file with their states. The last one does not exist: its state is ""."""
    found = dict[str, str]()
    for number in itertools.count(1):
        side_file = f"{name}{suffix}" if number == 1 else f"{name}{suffix}.{number}"
        found[side_file] = state(project, side_file)
        if not found[side_file]:
            break
    return found


def _check_settled(project: Path, names: Sequence[str]) -> None:
    """Raise InputError if files have conflicts: another merge would nest them."""
    if names:
        more = f" (so have {', '.join(names[1:])})" if names[1:] else ""
        raise InputError(
            f"{project / names[0]} has conflicts of an earlier update in it{more}",
            "choose a side in each, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>; "
            "then run the command again",
        )


def _line_end(text: bytes) -> bytes | None:
    """Return the line end of a text, or None if it has no line end or different ones."""
    windows, all_ends = text.count(b"\r\n"), text.count(b"\n")
    if not all_ends or windows not in (0, all_ends):
        return None
    return b"\r\n" if windows else b"\n"
