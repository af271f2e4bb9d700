"""Exchange the files of a folder for others: all or none, even if the process is killed.

During an exchange the folder contains `.edgegen-exchange`, with the old files and a plan of all moves. The
next process that finds a plan moves the old files back. At the end the plan is renamed to `done`, and the
rest can be removed. Every step is one rename, so each state after `kill -9` is known.
"""

import contextlib
import itertools
import json
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import RenderError, reason
from edgegen.base.files import exclusive_lock, remove_tree
from edgegen.base.text import first_of
from edgegen.project import manifest

FOLDER: Final = manifest.EXCHANGE  # inside the folder, so on the same file system
OLD: Final = "old"  # in it: the old files
PLAN: Final = "plan.json"
EDITED: Final = ".edited"  # suffix of a new file that was edited before the exchange was undone
DONE: Final = "done"  # the plan's name when the exchange is final or undone
PATIENCE: Final = 10.0  # seconds; longer than any exchange. Used without locks only


@dataclass(frozen=True)
class _ExchangePlan:
    moved: tuple[str, ...]  # old files: relative POSIX paths
    added: Mapping[str, str]  # new files without an old one -> digest
    replaced: Mapping[str, str]  # new files that replace an old one -> digest


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for an exchange, and undo the exchange of a killed process first."""
    with exclusive_lock(folder, lambda: _wait_for_another(folder)):
        undo(folder)
        yield


def recover(folder: Path) -> None:
    """Undo the exchange of a killed process, if there is one. No file is lost if that fails (RenderError)."""
    if os.path.lexists(folder / FOLDER):
        with locked(folder):
            pass


def exchange(staged: Path, folder: Path, old: Collection[str], new: Collection[str]) -> None:
    """Move old files out of a locked folder, and new ones from the staged folder into it.

    `undo` reverses it until `commit` is called.

    Raises:
        OSError: A move failed, and all files were moved back.
        RenderError: A move failed, and moving back failed too; or a name is invalid, and nothing was moved.
    """
    scratch = folder / FOLDER
    for name in (*old, *new):
        if not manifest.is_inside(name):
            raise RenderError(f"{name} is not a valid file name in a project", "nothing was changed")
    there = [name for name in sorted({*old, *new}) if os.path.lexists(folder / name)]
    emptied = {Path(parent).as_posix() for name in there for parent in Path(name).parents}
    # Of a folder that becomes a file, its content is moved.
    moved = [name for name in there if name not in emptied]
    scratch.mkdir()
    try:
        digests = manifest.digests(staged, sorted(new))
        added = {name: digest for name, digest in digests.items() if name not in moved}
        replaced = {name: digest for name, digest in digests.items() if name in moved}
        content = {"moved": moved, "added": added, "replaced": replaced}
        (scratch / "plan").write_text(json.dumps(content), encoding="utf-8")
        (scratch / "plan").replace(scratch / PLAN)
        for name in moved:
            _move(folder / name, scratch / OLD / name)
        for name in sorted(new):
            if name in emptied:
                remove_empty_folder(folder / name)
            _move(staged / name, folder / name)
    except BaseException:
        undo(folder)
        raise


def remove_empty_folder(path: Path) -> None:
    """Remove a folder without files, if there is one. Raise OSError if it contains a file."""
    if path.is_dir() and not path.is_symlink():
        for inside, _, _ in os.walk(path, topdown=False):
            Path(inside).rmdir()


def commit(folder: Path) -> None:
    """Make an exchange final: remove the old files, and folders that became empty."""
    plan = _read_plan(folder)
    _close(folder)
    if plan is not None:
        _remove_empty_parents(folder, (name for name in plan.moved if not os.path.lexists(folder / name)))


def undo(folder: Path) -> None:
    """Undo an exchange that is not final, if there is one.

    Raises:
        RenderError: A file could not be moved back. The message says where it is.
    """
    plan = _read_plan(folder)
    if plan is None:
        _clear(folder / FOLDER)
        return
    # New files first: one may be where an old folder was, or the reverse.
    errors = dict[str, str]()  # the first one of each file
    for name, digest in plan.added.items():
        with _collecting(errors, name):
            if manifest.sha256(folder / name) == digest:  # else the user edited it
                (folder / name).unlink()
    _remove_empty_parents(folder, plan.added)
    for name in plan.moved:
        with _collecting(errors, name):
            _save_edits(folder, name, plan.replaced.get(name, ""))
        with _collecting(errors, name):
            old = folder / FOLDER / OLD / name
            if os.path.lexists(old):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                old.replace(folder / name)
    if errors:
        raise RenderError(
            f"{folder} is half written, and {first_of(list(errors), 1)} cannot be put back: "
            f"{next(iter(errors.values()))}; "
            f"the old files are in {folder / FOLDER / OLD}",
            "close programs that use these files and run the command again: edgegen then restores them",
        )
    _close(folder)


@contextlib.contextmanager
def _collecting(errors: dict[str, str], name: str) -> Iterator[None]:
    """Continue after an OSError, and keep its reason."""
    try:
        yield
    except OSError as error:
        errors.setdefault(name, reason(error))


def _save_edits(folder: Path, name: str, digest: str) -> None:
    """Rename a new file that was edited since: the user needs both files."""
    path = folder / name
    if not os.path.lexists(folder / FOLDER / OLD / name) or not path.is_file():
        return
    if not digest or manifest.sha256(path) != digest:
        path.rename(_free(path.with_name(f"{path.name}{EDITED}")))


def _free(path: Path) -> Path:
    """Return a path that does not exist, with a number at its end if necessary."""
    numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], numbered) if not os.path.lexists(each))


def _close(folder: Path) -> None:
    """Mark the exchange as done, and remove its folder."""
    (folder / FOLDER / PLAN).replace(folder / FOLDER / DONE)
    _clear(folder / FOLDER)


def _clear(scratch: Path) -> None:
    """Remove the folder of a finished exchange, old files first. Raise RenderError if it is not finished."""
    if os.path.lexists(scratch / OLD):
        if not os.path.lexists(scratch / DONE):
            raise RenderError(
                f"{scratch} contains old files of {scratch.parent}, but no list of their places",
                f"move the files that you need out of {scratch / OLD}, and remove {scratch}",
            )
        remove_tree(scratch / OLD)
    if not os.path.lexists(scratch / OLD):
        remove_tree(scratch)
    if os.path.lexists(scratch):
        raise RenderError(f"{scratch} is left from an earlier run, and cannot be removed", "remove it")


def _read_plan(folder: Path) -> _ExchangePlan | None:
    """Return the plan of a folder's exchange, or None without one. Raise RenderError if it is invalid."""
    path = folder / FOLDER / PLAN
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        digests = [{str(k): str(v) for k, v in content[key].items()} for key in ("added", "replaced")]
        plan = _ExchangePlan(tuple(map(str, content["moved"])), *digests)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        plan = None
    # The folder is untrusted: its plan must not lead out of it.
    if plan is None or not all(map(manifest.is_inside, (*plan.moved, *plan.added, *plan.replaced))):
        raise RenderError(
            f"{path} is not what edgegen writes",
            f"if {folder / FOLDER / OLD} contains your files, move them back, and remove {folder / FOLDER}",
        )
    return plan


def _wait_for_another(folder: Path) -> None:
    """Wait until another process must have finished its exchange."""
    plan = folder / FOLDER / PLAN
    with contextlib.suppress(OSError):
        while 0 <= time.time() - plan.stat().st_mtime < PATIENCE:
            time.sleep(0.05)


def _move(source: Path, destination: Path) -> None:
    try:
        source.rename(destination)
    except FileNotFoundError:  # the first file of its folder
        destination.parent.mkdir(parents=True, exist_ok=True)
        source.rename(destination)


def _remove_empty_parents(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        for parent in (folder / name).parents:
            if parent == folder:
                break
            with contextlib.suppress(OSError):
                parent.rmdir()
