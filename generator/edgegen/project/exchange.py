"""A folder's files are exchanged for others, all or none, whatever ends the process.

While it lasts the folder holds `.edgegen-exchange`: the files that were there before, and a plan that says
what moves where. Whoever finds a plan there puts back what was before. When all is over the plan is called
`done`, and what is left is rubbish. Every step is one rename: a `kill -9` leaves nothing that cannot be told.
"""

import contextlib
import itertools
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import RenderError, reason
from edgegen.base.files import exclusive_lock, remove_tree
from edgegen.project import manifest

ASIDE: Final = manifest.EXCHANGE  # in the folder itself: on its file system, and found again
OLD: Final = "old"  # below it: the files that were there before
PLAN: Final = "plan.json"
EDITED: Final = ".edited"  # added to the name of a new file that its owner edited before it was taken back
DONE: Final = "done"  # what the plan is called when the exchange is final, or undone
PATIENCE: Final = 10.0  # seconds: no exchange takes so long. Only where there are no locks


@dataclass(frozen=True)
class _Plan:
    moved: tuple[str, ...]  # files that stood there before: relative POSIX paths
    added: Mapping[str, str]  # those that did not, with their digest
    replaced: Mapping[str, str]  # what comes in the place of those that stood there, with its digest


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time exchange files there, and mend first what a killed one left.

    Raises:
        RenderError: What a killed process left cannot be mended.
        OSError: The folder cannot be looked into.
    """
    with exclusive_lock(folder, lambda: _wait_for_another(folder)):
        put_back(folder)
        yield


def mend(folder: Path) -> None:
    """Put back what a killed process left half exchanged in a folder.

    Raises:
        RenderError: It cannot be put back now; nothing of it is lost.
        OSError: The folder cannot be looked into.
    """
    if os.path.lexists(folder / ASIDE):
        with locked(folder):
            pass


def exchange(staged: Path, folder: Path, old: Collection[str], new: Collection[str]) -> None:
    """Take the old files out of a folder and move the new ones in from the staged one. The lock is held.

    `put_back` undoes it until `keep` is called.

    Raises:
        OSError: A move failed; the folder is as it was.
        RenderError: A move failed, and so did moving back; the message says where the files are. Or a name is
            none that a project may have: nothing was moved.
    """
    aside = folder / ASIDE
    for name in (*old, *new):
        if not manifest.inside(name):
            raise RenderError(f"{name} is no name of a file in a project", "nothing was changed")
    there = [name for name in sorted({*old, *new}) if os.path.lexists(folder / name)]
    emptied = {Path(parent).as_posix() for name in there for parent in Path(name).parents}
    moved = [name for name in there if name not in emptied]  # of a folder that becomes a file what is in it
    aside.mkdir()
    try:
        digests = manifest.digests(staged, sorted(new))
        added = {name: digest for name, digest in digests.items() if name not in moved}
        replaced = {name: digest for name, digest in digests.items() if name in moved}
        content = {"moved": moved, "added": added, "replaced": replaced}
        (aside / "plan").write_text(json.dumps(content), encoding="utf-8")
        (aside / "plan").replace(aside / PLAN)
        for name in moved:
            _move(folder / name, aside / OLD / name)
        for name in sorted(new):
            if name in emptied:
                remove_empty_folder(folder / name)
            _move(staged / name, folder / name)
    except BaseException:
        put_back(folder)
        raise


def remove_empty_folder(path: Path) -> None:
    """Take away a folder that holds no file, where a file is to stand.

    Raises:
        OSError: It holds one.
    """
    if path.is_dir() and not path.is_symlink():
        for inside, _, _ in os.walk(path, topdown=False):
            Path(inside).rmdir()


def keep(folder: Path) -> None:
    """Make an exchange final: what was there before goes, and the folders that it leaves empty."""
    plan = _read_plan(folder)
    _close(folder)
    if plan is not None:
        _remove_empty_parents(folder, (name for name in plan.moved if not os.path.lexists(folder / name)))


def put_back(folder: Path) -> None:
    """Undo an exchange that is not final, as far as it went; nothing to do where there is none.

    Raises:
        RenderError: Something could not be put back: it stays where it is, and the message says where.
    """
    plan = _read_plan(folder)
    if plan is None:
        _clear(folder / ASIDE)
        return
    # What is new goes first: where it is a file, a folder may have stood, and the other way round.
    attempts = [(name, _attempt(_withdraw, folder / name, digest)) for name, digest in plan.added.items()]
    _remove_empty_parents(folder, plan.added)
    for name in plan.moved:
        attempts.append((name, _attempt(_set_aside_edits, folder, name, plan.replaced.get(name, ""))))
        attempts.append((name, _attempt(_restore, folder, name)))
    failed = [(name, why) for name, why in attempts if why is not None]
    if failed:
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        raise RenderError(
            f"{folder} is half written, and {failed[0][0]}{more} cannot be put back: {failed[0][1]}; "
            f"the files that stood there are in {folder / ASIDE / OLD}",
            "close what holds them open and type the same again: edgegen then puts them back by itself",
        )
    _close(folder)


def _attempt(act: Callable[..., None], path: Path, *texts: str) -> str | None:
    """Return why it failed, or None."""
    try:
        act(path, *texts)
    except OSError as error:
        return reason(error)
    return None


def _set_aside_edits(folder: Path, name: str, digest: str) -> None:
    """Rename a file that came in an old one's place and was edited since: both are the user's."""
    path = folder / name
    if not os.path.lexists(folder / ASIDE / OLD / name) or not path.is_file():
        return
    if not digest or manifest.sha256(path) != digest:
        path.rename(_free(path.with_name(f"{path.name}{EDITED}")))


def _free(path: Path) -> Path:
    """Return a path where nothing stands, with a number behind it if it has to be."""
    numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], numbered) if not os.path.lexists(each))


def _restore(folder: Path, name: str) -> None:
    kept = folder / ASIDE / OLD / name
    if os.path.lexists(kept):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        kept.replace(folder / name)


def _withdraw(path: Path, digest: str) -> None:
    if manifest.sha256(path) == digest:  # else it is the user's by now
        path.unlink()


def _close(folder: Path) -> None:
    """Leave nothing to put back, and remove what is left of the exchange."""
    (folder / ASIDE / PLAN).replace(folder / ASIDE / DONE)
    _clear(folder / ASIDE)


def _clear(aside: Path) -> None:
    """Remove what is left of an exchange that is over, what it took away first; RenderError if it is not."""
    if os.path.lexists(aside / OLD):
        if not os.path.lexists(aside / DONE):
            raise RenderError(
                f"{aside} holds files that stood in {aside.parent}, and no plan of where they go",
                f"move what you need out of {aside / OLD}, and remove {aside}",
            )
        remove_tree(aside / OLD)
    if not os.path.lexists(aside / OLD):
        remove_tree(aside)
    if os.path.lexists(aside):
        raise RenderError(f"{aside} is left from an earlier run, and cannot be removed", "remove it")


def _read_plan(folder: Path) -> _Plan | None:
    """Return what a folder's exchange is about, None where there is none, or a RenderError."""
    path = folder / ASIDE / PLAN
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        digests = [{str(k): str(v) for k, v in content[key].items()} for key in ("added", "replaced")]
        plan = _Plan(tuple(map(str, content["moved"])), *digests)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        plan = None
    # A folder may come from anywhere: its plan must not reach out of it.
    if plan is None or not all(map(manifest.inside, (*plan.moved, *plan.added, *plan.replaced))):
        raise RenderError(
            f"{path} is not what edgegen writes",
            f"if {folder / ASIDE / OLD} holds files of yours, move them back, and remove {folder / ASIDE}",
        )
    return plan


def _wait_for_another(folder: Path) -> None:
    """Give a process that may be at work there the time that an exchange takes at most."""
    plan = folder / ASIDE / PLAN
    with contextlib.suppress(OSError):
        while 0 <= time.time() - plan.stat().st_mtime < PATIENCE:
            time.sleep(0.05)


def _move(source: Path, destination: Path) -> None:
    try:
        source.rename(destination)
    except FileNotFoundError:  # of its folder's files it is the first
        destination.parent.mkdir(parents=True, exist_ok=True)
        source.rename(destination)


def _remove_empty_parents(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        for parent in (folder / name).parents:
            if parent == folder:
                break
            with contextlib.suppress(OSError):
                parent.rmdir()
