"""Three ways come together: what edgegen wrote, what the owner made of it, what edgegen writes now.

Only what is to happen is decided here: no file of the project is touched.
"""

import itertools
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from edgegen.base.errors import InputError
from edgegen.project import base_files, manifest
from edgegen.project.merge_file import OURS, merged

BESIDE: Final = ".edgegen-new"  # added to the name of what edgegen writes where the owner's file stays
_SUFFIX: Final = re.compile(re.escape(BESIDE) + r"(\.\d+)?$")
LINK: Final = "a link"  # the state of what is no file: it is the owner's, whatever it leads to
FOLDER: Final = "a folder"
OTHER: Final = "no file"  # a pipe, say: to read it would take for ever
BLOCKED: Final = "in the way"  # a link, or a file, stands where one of its folders goes
# `=======` alone underlines a heading in many a text.
_MARK: Final = re.compile(rb"^(<<<<<<< " + OURS.encode() + rb"|>>>>>>> edgegen\b.*?)\s*$", re.MULTILINE)
_NO_FILE: Final = frozenset({LINK, FOLDER, OTHER, BLOCKED})
_OWN: Final = frozenset({manifest.NAME, base_files.NAME})  # edgegen's books: never merged


@dataclass
class Plan:
    """What an update does to each file: relative POSIX paths, in order."""

    updated: list[str] = field(default_factory=list)  # only edgegen changed them
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)  # edgegen writes them no more, and they were not edited
    merged: list[str] = field(default_factory=list)  # both changed them
    conflicts: list[str] = field(default_factory=list)  # both did, and somebody has to choose
    kept: list[str] = field(default_factory=list)  # only the owner changed them
    without_place: list[str] = field(default_factory=list)  # edited, and edgegen writes them no more
    deleted: list[str] = field(default_factory=list)  # by the owner, though edgegen changed them since
    beside: dict[str, str] = field(default_factory=dict)  # conflict -> the file with what edgegen writes
    contents: dict[str, bytes] = field(default_factory=dict)  # of what was merged, conflicts in it too
    sources: dict[str, str] = field(default_factory=dict)  # file to write -> the rendered one that it is
    moved: dict[str, str] = field(default_factory=dict)  # edited file -> where it lay before
    overtaken: dict[str, str] = field(default_factory=dict)  # what an earlier update put beside -> its digest
    unsettled: list[str] = field(default_factory=list)  # with conflicts of an earlier update in them
    waiting: dict[str, str] = field(default_factory=dict)  # kept file -> what still lies beside it

    @property
    def changes(self) -> bool:
        """Tell whether any file is written or taken away."""
        return bool(self.contents or self.sources or self.removed)

    def written(self) -> list[str]:
        """Return the files that are written."""
        return sorted({*self.contents, *self.sources})


@dataclass(frozen=True)
class Sides:
    """What is merged."""

    project: Path  # the owner's
    before: Mapping[str, str]  # what edgegen wrote: digests
    base: Mapping[str, bytes]  # of these files, the content
    rendered: Path  # what edgegen writes now
    now: Mapping[str, str]  # its digests
    users_files: Collection[str] = ()  # theirs to edit: as they are, once they are edited
    theirs: str = "edgegen"  # what conflicts call what edgegen writes now
    moves: Mapping[str, str] = field(default_factory=dict)  # file -> where edgegen wrote it before
    wanted: Collection[str] = ()  # come back where their owner deleted them

    def names(self) -> list[str]:
        """Return all files that edgegen wrote or writes, but for its own books."""
        return sorted({*self.before, *self.now} - _OWN)


def state(project: Path, name: str) -> str:
    """Return what stands there: "" for nothing, a file's digest, or that it is no file.

    Raises:
        InputError: A file cannot be read.
    """
    path = project / name
    for parent in list(PurePosixPath(name).parents)[-2::-1]:
        above = project / parent
        if above.is_symlink() or (os.path.lexists(above) and not above.is_dir()):
            return BLOCKED
    if path.is_symlink():
        return LINK
    if path.is_dir():
        return FOLDER
    if not os.path.lexists(path):
        return ""
    if not path.is_file():
        return OTHER
    digest = manifest.sha256(path)
    if not digest:
        raise InputError(f"{path} cannot be read", "check the rights there")
    return digest


def states(sides: Sides) -> dict[str, str]:
    """Return what stands in the project under every name that edgegen wrote or writes."""
    return {name: state(sides.project, name) for name in sides.names()}


def plan(sides: Sides, here: Mapping[str, str]) -> Plan:
    """Decide what becomes of every file. `here` is what `states` said.

    Raises:
        InputError: Conflicts of an earlier update are not settled.
        RenderError: Git is not here, and two edits of a file are to be merged.
    """
    made = Plan()
    decided = {each for name in sides.moves for each in _follow(name, sides, here, made)}
    for name in sides.names():
        if name not in decided:
            _decide(name, sides, here[name], made)
    check_settled(sides.project, made.unsettled)
    _keep_last_copies(sides, here, made)
    for kind in (made.merged, made.conflicts, made.removed, made.deleted):
        kind.sort()
    return made


def _keep_last_copies(sides: Sides, here: Mapping[str, str], made: Plan) -> None:
    """Write what the owner deleted where the same goes elsewhere: it was the last copy, of a model say."""
    lost = {here[name] for name in made.removed if name in here}
    for name in made.written():
        lost.discard(sides.now.get(name, ""))
    for name in [name for name, there in here.items() if not there and sides.now.get(name) in lost]:
        made.deleted = [each for each in made.deleted if each != name]
        _take(name, made.added, made)
    made.added.sort()


def edited(known: manifest.Manifest, project: Path) -> tuple[list[str], list[str]]:
    """Return which of edgegen's files the owner changed, and which deleted."""
    here = {name: state(project, name) for name in known.files if name not in _OWN}
    changed = [name for name, digest in here.items() if digest not in ("", known.files[name])]
    return changed, [name for name, digest in here.items() if not digest]


def _follow(name: str, sides: Sides, here: Mapping[str, str], made: Plan) -> tuple[str, ...]:
    """Let an owner's edits go where edgegen writes a file now; return the names that are decided thereby."""
    old = sides.moves[name]
    owner = here[old]
    if here[name] or owner in (*_NO_FILE, sides.before[old]):
        return ()
    if not owner:
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


def _decide(name: str, sides: Sides, owner: str, made: Plan) -> None:
    before, now = sides.before.get(name), sides.now.get(name)
    if now is None:
        if owner == before:
            made.removed.append(name)
        elif owner:
            made.without_place.append(name)
        _settle(name, sides, made)
    elif owner == now:
        _settle(name, sides, made)
    elif not owner and name in sides.wanted:
        _take(name, made.added, made)
    elif before is None:
        if owner:
            _put_beside(name, sides, made)
        else:
            _take(name, made.added, made)
    elif owner == before:
        _take(name, made.updated, made)
        _settle(name, sides, made)
    elif before == now:
        if owner:
            made.kept.append(name)
        if beside := _lies_beside(name, sides):
            made.waiting[name] = beside
    elif not owner:
        if _lies_beside(name, sides):  # something stood in its way, and is gone
            _put_beside(name, sides, made)
        else:
            made.deleted.append(name)
    elif name in sides.users_files and owner not in _NO_FILE:
        made.kept.append(name)
    else:
        _merge(name, sides, owner, made)


def _take(name: str, kind: list[str], made: Plan) -> None:
    kind.append(name)
    made.sources[name] = name


def _merge(name: str, sides: Sides, owner: str, made: Plan) -> None:
    base = sides.base.get(name)
    if owner in _NO_FILE or base is None or _lies_beside(name, sides):
        _put_beside(name, sides, made)
        return
    yours, theirs = (sides.project / name).read_bytes(), (sides.rendered / name).read_bytes()
    if not all(map(base_files.is_text, (base, yours, theirs))):
        _put_beside(name, sides, made)
        return
    if has_conflicts(yours):
        made.unsettled.append(name)
        return
    content, clean = merged(base, yours, theirs, sides.theirs)
    if content == yours:  # the owner did what edgegen does now, and more
        made.kept.append(name)
        return
    (made.merged if clean else made.conflicts).append(name)
    made.contents[name] = content


def unsettled(project: Path, names: Iterable[str]) -> list[str]:
    """Return those of a project's files that an earlier update left conflicts in."""
    files = (name for name in names if (project / name).is_file())
    return [name for name in files if has_conflicts((project / name).read_bytes())]


def refuse_unsettled(project: Path, known: manifest.Manifest) -> None:
    """Raise InputError where conflicts of an earlier update stand in any of a project's files."""
    check_settled(project, unsettled(project, edited(known, project)[0]))


def check_settled(project: Path, names: Sequence[str]) -> None:
    """Raise InputError where conflicts stand in files: merged again, they would stand in each other."""
    if names:
        more = f" (so have {', '.join(names[1:])})" if names[1:] else ""
        raise InputError(
            f"{project / names[0]} has conflicts of an earlier update in it{more}",
            "choose in each what stays, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>; "
            "then type the same again",
        )


def has_conflicts(content: bytes) -> bool:
    """Tell whether a mark stands in it of lines that an update left for the owner to choose from."""
    return bool(_MARK.search(content))


def is_beside(name: str, written: Collection[str]) -> bool:
    """Tell whether an update put a file there, beside one of those that edgegen writes."""
    parts = PurePosixPath(name).parts
    bare = ((depth, _SUFFIX.sub("", part)) for depth, part in enumerate(parts) if _SUFFIX.search(part))
    return any("/".join((*parts[:depth], part, *parts[depth + 1 :])) in written for depth, part in bare)


def _lies_beside(name: str, sides: Sides) -> str:
    """Return where the last update put its file beside the owner's; "" where they have settled that.

    The owner's was never merged with that one: what it lacks of it is no edit of theirs.
    """
    before = sides.before.get(name)
    return _beside(sides.project, name).get(before, "") if before else ""


def _settle(name: str, sides: Sides, made: Plan) -> None:
    """Take away what lies beside a file that nobody writes any more, or that is what edgegen writes."""
    if beside := _lies_beside(name, sides):
        made.removed.append(beside)
        made.overtaken[beside] = sides.before[name]


def _put_beside(name: str, sides: Sides, made: Plan) -> None:
    """Leave the owner's file as it is, and put edgegen's under another name.

    There it takes the place of what the last update put there, unless somebody worked in that.
    """
    made.conflicts.append(name)
    lying = _beside(sides.project, name)
    before, now = sides.before.get(name, ""), sides.now[name]
    made.beside[name] = lying.get(now) or lying.get(before) or lying[""]
    if now not in lying:
        made.sources[made.beside[name]] = name
        if before and before in lying:
            made.overtaken[lying[before]] = before


def _beside(project: Path, name: str) -> dict[str, str]:
    """Return the names beside a file, by what stands there; under "" one that is free.

    What stands in its way may be where one of its folders goes; once that is mended, what was put beside the
    folder is still found.
    """
    parts = PurePosixPath(name).parts
    found = dict[str, str]()
    above = [project.joinpath(*parts[:depth]) for depth in range(1, len(parts))]
    in_the_way = [path.is_symlink() or (os.path.lexists(path) and not path.is_dir()) for path in above]
    blocked = in_the_way.index(True) + 1 if True in in_the_way else len(parts)
    for depth in (blocked, *range(1, blocked)):
        for free in _names_beside(parts, depth):
            there = state(project, free)
            found.setdefault(there, free)
            if not there:
                break
    return found


def _names_beside(parts: Sequence[str], depth: int) -> Iterator[str]:
    """Yield names beside a file, or one of its folders: `depth` parts lead to what is in the way."""
    for number in itertools.count(1):
        suffix = BESIDE if number == 1 else f"{BESIDE}.{number}"
        yield "/".join((*parts[: depth - 1], parts[depth - 1] + suffix, *parts[depth:]))
