"""A folder is made aside and moved into place, or nothing changes.

A new folder appears with one rename. An existing one keeps whatever is not edgegen's (a `.git`, the user's
own files), and what is edgegen's but the user's to edit: edgegen's other files are exchanged (`exchange`).
"""

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath

from edgegen.base import interruption
from edgegen.base.errors import InputError, RenderError, reason
from edgegen.base.staging import prefix, writing_to
from edgegen.project import edits, exchange, manifest
from edgegen.project.edits import Edits


def check_destination(folder: Path, kind: str, *, force: bool, users_files: Collection[str] = ()) -> None:
    """Raise InputError unless a project may be written there: new, empty, ours and unedited, or forced.

    Ours is what edgegen made for the same target: `kind`. The files that are the user's may be edited.

    Raises:
        InputError: It may not.
        RenderError: It cannot be looked into: no right to, or a name that no file system takes.
    """
    # Another process may be exchanging its files: half of that would look like the user's edits.
    with writing_to(folder), exchange.locked(folder) if folder.is_dir() else contextlib.nullcontext():
        _check_destination(folder, kind, force=force, users_files=users_files)


def _check_destination(folder: Path, kind: str, *, force: bool, users_files: Collection[str]) -> None:
    if folder.is_symlink() and not folder.exists():
        raise InputError(
            f"the output folder {folder} is a link that leads nowhere",
            "remove it, or name another with --output",
        )
    if not folder.exists():
        _check_parent(folder)
        return
    if not folder.is_dir():
        raise InputError(f"the output folder {folder} is a file", "name another folder with --output")
    if force:
        return
    known = manifest.read(folder)
    if known is None:
        names = (path.name for path in folder.iterdir())
        entries = sorted(name for name in names if not name.startswith(prefix(folder)))  # made aside in it
        if entries:
            raise InputError(
                f"the output folder {folder} is there already and edgegen did not make it "
                f"(it holds {_some(entries)})",
                "name another folder with --output, or write into it with --force",
            )
        return
    manifest.check_version(folder, known)
    if known.target != kind:
        raise InputError(
            f"the output folder {folder} holds a project for another target: {known.target}, not {kind}",
            "name another folder with --output, or replace what is there with --force",
        )
    edited = [
        name for name in known.edited(folder) if name not in users_files or not (folder / name).is_file()
    ]
    if edited:
        merge = "" if kind == manifest.EXPORT else "merge your edits with `edgegen update`, "
        raise InputError(
            f"the project in {folder} was edited: {_some(edited)}",
            f"{merge}name another folder with --output, or overwrite these files with --force",
        )


def _check_parent(folder: Path) -> None:
    for parent in folder.parents:
        if parent.exists():
            if not parent.is_dir():
                raise InputError(
                    f"the output folder {folder} cannot be made: {parent} is a file",
                    "name another folder with --output",
                )
            return


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def foreseen(
    staged: Path, folder: Path, kind: str, *, force: bool, users_files: Collection[str] = ()
) -> Edits:
    """Return what `place` would do to the user's edits.

    Raises:
        InputError: `place` would refuse: something of the user's own stands where new files go.
    """
    if not folder.is_dir():
        return Edits()
    known = _manifest(folder, force=force)
    if known is not None and known.target != kind:  # then no file in it is the same one
        users_files = ()
    _check_ways(folder, _files_of(known), _all_files(staged), force=force)
    return edits.find(folder, known, staged, users_files)


class Placement:
    """Folders that are moved into place together."""

    def __init__(self) -> None:
        self._locks = contextlib.ExitStack()
        self._made: list[tuple[Callable[[], object], Callable[[], object]]] = []  # how to keep, how to undo

    def place(
        self, staged: Path, folder: Path, kind: str, *, force: bool, users_files: Collection[str] = ()
    ) -> Edits:
        """Move a finished folder to its place, on the same file system. `kind` is the target it is made for.

        Returns:
            What became of the user's edits.

        Raises:
            InputError: The folder is not what it was, or something of the user's own is in the way.
            RenderError: The move failed.
        """
        with writing_to(folder):
            folder.absolute().parent.mkdir(parents=True, exist_ok=True)
            if not folder.exists():
                try:
                    staged.rename(folder)
                except OSError as error:
                    if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:  # another process was faster
                        raise
                else:
                    self._made.append((lambda: None, lambda: _take_away(folder, staged)))
                    return Edits()
            self._locks.enter_context(exchange.locked(folder))
            # Again: exporting took its time.
            _check_destination(folder, kind, force=force, users_files=users_files)
            found = foreseen(staged, folder, kind, force=force, users_files=users_files)
            old, new = _files_of(_manifest(folder, force=force)), _all_files(staged)
            exchange.exchange(staged, folder, old - set(found.kept), new - set(found.kept))
            self._made.append((lambda: exchange.keep(folder), lambda: exchange.put_back(folder)))
        return found

    def keep(self) -> None:
        """Make what was placed final."""
        while self._made:
            self._made[0][0]()
            self._made.pop(0)
        self._locks.close()

    def undo(self) -> None:
        """Put back, as far as that goes, what was placed and is not final; then raise what failed."""
        with contextlib.ExitStack() as undoing:  # calls the last one first, and goes on after a failure
            undoing.callback(self._locks.close)
            for _, undo in self._made:
                undoing.callback(undo)
            self._made.clear()


def _take_away(folder: Path, staged: Path) -> None:
    try:
        folder.rename(staged)
    except OSError as error:
        raise RenderError(
            f"{folder} was written, another folder was not, and it cannot be taken away again: "
            f"{reason(error)}",
            "remove it, or keep it: it is whole",
        ) from error


@contextlib.contextmanager
def together() -> Iterator[Placement]:
    """Give what moves folders into place: when the block ends all of them stand there, or none.

    Raises:
        KeyboardInterrupt: There was one that got lost, or one came meanwhile.
    """
    interruption.check()
    with interruption.defer():
        placement = Placement()
        try:
            yield placement
            placement.keep()
        except BaseException:
            placement.undo()
            raise


def _check_ways(folder: Path, old: set[str], new: set[str], *, force: bool) -> None:
    """Raise InputError where something that is not edgegen's stands in the way of a new file."""
    strangers = sorted(name for name in new - old if os.path.lexists(folder / name))
    if strangers and not force:
        raise InputError(
            f"files of your own stand where the project's go in {folder}: {_some(strangers)}",
            "move them away, or overwrite them with --force",
        )
    # Not even force makes a folder a file: what is in it would be lost.
    folders = {parent.as_posix() for name in new for parent in PurePosixPath(name).parents} - {"."}
    wrong = [name for name in new if (folder / name).is_dir() and not (folder / name).is_symlink()]
    wrong += [name for name in folders if os.path.lexists(folder / name) and not (folder / name).is_dir()]
    if wrong:
        raise InputError(
            f"a folder stands where a file goes in {folder}, or a file for a folder: {_some(sorted(wrong))}",
            "move it away",
        )


def _files_of(known: manifest.Manifest | None) -> set[str]:
    return set(known.files) | {manifest.NAME} if known else set()


def _manifest(folder: Path, *, force: bool) -> manifest.Manifest | None:
    """Return the manifest of what stands there; with force, a damaged one is as good as none."""
    try:
        return manifest.read(folder)
    except InputError:
        if force:
            return None
        raise


def _all_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
