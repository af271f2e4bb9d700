"""Move a finished folder into place, or change nothing.

A new folder appears with one rename. In an existing one, edgegen's files are exchanged (`exchange`). Other
files, such as `.git` and the user's own, stay, and so do edited files that are the user's to edit.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from edgegen.base import interruption
from edgegen.base.errors import InputError, RenderError, reason
from edgegen.base.staging import prefix, writing_to
from edgegen.base.text import first_of
from edgegen.project import exchange, manifest
from edgegen.project.manifest import Manifest

_MOST_LINES: Final = 10
_MOST_NAMES: Final = 3


@dataclass(frozen=True)
class Edits:
    """The edited files of an existing project: relative POSIX paths."""

    kept: tuple[str, ...] = ()  # the user's to edit
    lost: tuple[str, ...] = ()  # overwritten or removed, because of --force

    def lines(self, folder: Path) -> Iterator[str]:
        """Yield a line for each file, up to a limit."""
        yield from (f"keeps {folder / name}, which you edited" for name in self.kept)
        yield from (f"overwrites your {folder / name}" for name in self.lost[:_MOST_LINES])
        if len(self.lost) > _MOST_LINES:
            yield f"and {len(self.lost) - _MOST_LINES} more of your files"


def check_destination(folder: Path, kind: str, *, force: bool, users_files: Collection[str] = ()) -> None:
    """Check that a project of the target `kind` may be written to a folder.

    It must be new, empty, or an unedited project of the same target, except with `force`. The files in
    `users_files` may be edited.
    """
    # Without the lock, the exchange of another process would look like edits.
    with writing_to(folder), exchange.locked(folder) if folder.is_dir() else contextlib.nullcontext():
        _check_destination(folder, kind, force=force, users_files=users_files)


def _check_destination(folder: Path, kind: str, *, force: bool, users_files: Collection[str]) -> None:
    if folder.is_symlink() and not folder.exists():
        raise InputError(
            f"the output folder {folder} is a link that leads nowhere",
            "remove it, or name another with --output",
        )
    if not folder.exists():
        parent = next((parent for parent in folder.parents if parent.exists()), None)
        if parent is not None and not parent.is_dir():
            raise InputError(
                f"the output folder {folder} cannot be created: {parent} is a file",
                "name another folder with --output",
            )
        return
    if not folder.is_dir():
        raise InputError(f"the output folder {folder} is a file", "name another folder with --output")
    if force:
        return
    known = manifest.read(folder)
    if known is None:
        names = (path.name for path in folder.iterdir())
        entries = sorted(name for name in names if not name.startswith(prefix(folder)))
        if entries:
            raise InputError(
                f"the output folder {folder} exists and edgegen did not make it "
                f"(it contains {first_of(entries, _MOST_NAMES)})",
                "name another folder with --output, or write into it with --force",
            )
        return
    manifest.check_version(folder, known)
    if known.target != kind:
        raise InputError(
            f"the output folder {folder} contains a project for another target: {known.target}, not {kind}",
            "name another folder with --output, or replace it with --force",
        )
    edited = known.edited(folder, users_files)
    if edited:
        merge = "" if kind == manifest.EXPORT else "merge your edits with `edgegen update`, "
        raise InputError(
            f"the project in {folder} was edited: {first_of(edited, _MOST_NAMES)}",
            f"{merge}name another folder with --output, or overwrite these files with --force",
        )


def predict_edits(
    staged: Path, folder: Path, kind: str, *, force: bool, users_files: Collection[str] = ()
) -> Edits:
    """Return the edits that `place` would keep and lose."""
    if not folder.is_dir():
        return Edits()
    known = _manifest(folder, force=force)
    if known is not None and known.target != kind:  # its files are those of another target
        users_files = ()
    _check_no_file_in_the_way(folder, _files_of(known), _all_files(staged), force=force)
    # A file without a record counts as edited: a damaged manifest must not lose the user's settings.
    recorded = known.files if known else {}
    names = sorted({*manifest.relative_files(staged), *recorded})
    digests = manifest.digests(folder, (name for name in names if (folder / name).is_file()))
    edited = [
        name
        for name, digest in digests.items()
        if digest != recorded.get(name) and digest != manifest.sha256(staged / name)
    ]
    kept = tuple(name for name in edited if name in users_files)
    return Edits(kept, tuple(name for name in edited if name not in kept))


class _Step(NamedTuple):
    """A folder in its place, until all are."""

    commit: Callable[[], object]
    undo: Callable[[], object]


class Placement:
    """Folders that are moved into place together."""

    def __init__(self) -> None:
        self._locks = contextlib.ExitStack()
        self._placed = list[_Step]()

    def place(
        self, staged: Path, folder: Path, kind: str, *, force: bool, users_files: Collection[str] = ()
    ) -> Edits:
        """Move a finished folder of the target `kind` to its place, on the same file system.

        Returns:
            The edits that were kept and lost.

        Raises:
            InputError: The folder changed since it was checked, or the user's own files are in the way.
            RenderError: A move failed.
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
                    self._placed.append(_Step(lambda: None, lambda: _move_away(folder, staged)))
                    return Edits()
            self._locks.enter_context(exchange.locked(folder))
            # Check again, because an export takes time.
            _check_destination(folder, kind, force=force, users_files=users_files)
            edits = predict_edits(staged, folder, kind, force=force, users_files=users_files)
            old, new = _files_of(_manifest(folder, force=force)), _all_files(staged)
            exchange.exchange(staged, folder, old - set(edits.kept), new - set(edits.kept))
            self._placed.append(_Step(lambda: exchange.commit(folder), lambda: exchange.undo(folder)))
        return edits

    def commit(self) -> None:
        """Make all placed folders final."""
        while self._placed:
            self._placed[0].commit()
            self._placed.pop(0)  # afterwards, so that `undo` includes a commit that failed
        self._locks.close()

    def undo(self) -> None:
        """Undo all that is not final, as far as possible; then raise the first failure."""
        with contextlib.ExitStack() as undoing:  # calls the last one first, and continues after a failure
            undoing.callback(self._locks.close)
            for placed in self._placed:
                undoing.callback(placed.undo)
            self._placed.clear()


def _move_away(folder: Path, staged: Path) -> None:
    try:
        folder.rename(staged)
    except OSError as error:
        raise RenderError(
            f"another project could not be written, and the new {folder} cannot be removed: {reason(error)}",
            "remove it, or keep it: it is complete",
        ) from error


@contextlib.contextmanager
def transaction() -> Iterator[Placement]:
    """Yield a Placement. At the end of the block, all its folders are in place, or none.

    Raises:
        KeyboardInterrupt: A signal came before the block or in it.
    """
    interruption.check()
    with interruption.defer():
        placement = Placement()
        try:
            yield placement
            placement.commit()
        except BaseException:
            placement.undo()
            raise


def _check_no_file_in_the_way(folder: Path, old: set[str], new: set[str], *, force: bool) -> None:
    """Raise InputError if the user's own file or folder is where a new file belongs."""
    users = sorted(name for name in new - old if os.path.lexists(folder / name))
    if users and not force:
        raise InputError(
            f"your own files in {folder} have the names of project files: {first_of(users, _MOST_NAMES)}",
            "move them away, or overwrite them with --force",
        )
    # Even --force does not replace a folder by a file: its content would be lost.
    folders = {parent.as_posix() for name in new for parent in PurePosixPath(name).parents} - {"."}
    wrong = [name for name in new if (folder / name).is_dir() and not (folder / name).is_symlink()]
    wrong += [name for name in folders if os.path.lexists(folder / name) and not (folder / name).is_dir()]
    if wrong:
        raise InputError(
            f"in {folder}, a folder has the name of a project file, or a file the name of a folder: "
            f"{first_of(sorted(wrong), _MOST_NAMES)}",
            "move it away",
        )


def _files_of(known: Manifest | None) -> set[str]:
    return set(known.files) | {manifest.NAME} if known else set()


def _manifest(folder: Path, *, force: bool) -> Manifest | None:
    """Return a folder's manifest. With `force`, a damaged one counts as none."""
    try:
        return manifest.read(folder)
    except InputError:
        if force:
            return None
        raise


def _all_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
